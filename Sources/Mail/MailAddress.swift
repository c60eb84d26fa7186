/// A mailbox with the name of whom it belongs to. One in hand can be written into a header or an SMTP command as it is.
public struct MailAddress: Hashable, Sendable {
    /// `local@domain`, ASCII, without quotes and comments.
    public let address: String
    /// What people are shown; nil shows the address.
    public let name: HeaderText?

    /// - Throws: ``MailError`` `.invalid` for anything that is no plain ASCII address, or a name with control characters.
    public init(_ address: String, name: String? = nil) throws(MailError) {
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isLocal(parts[0].utf8), Self.isDomain(parts[1]) else {
            throw MailError(.invalid, "An e-mail address is not of the form local@domain, in ASCII.")
        }
        self.address = address
        let name = name.flatMap { $0.isEmpty ? nil : $0 }
        if let name { self.name = try HeaderText(name) } else { self.name = nil }
    }

    /// Reads `Name <local@domain>`, `"Name" <local@domain>` or `local@domain`.
    public init(parsing text: String) throws(MailError) {
        guard let open = text.lastIndex(of: "<"), text.hasSuffix(">") else {
            try self.init(text)
            return
        }
        var name = text[..<open]
        while name.last == " " { name.removeLast() }
        if name.count >= 2, name.hasPrefix("\""), name.hasSuffix("\"") { name = name.dropFirst().dropLast() }
        try self.init(String(text[text.index(after: open)...].dropLast()), name: String(name))
    }

    /// As a header writes it.
    var headerForm: String { name.map { "\($0.encodedPhrase) <\(address)>" } ?? address }

    private static func isLocal(_ text: Substring.UTF8View) -> Bool {
        guard (1...64).contains(text.count), text.first != UInt8(ascii: "."), text.last != UInt8(ascii: ".") else { return false }
        var before: UInt8 = 0
        for byte in text {
            guard isAlphanumeric(byte) || "!#$%&'*+-/=?^_`{|}~.".utf8.contains(byte) else { return false }
            if byte == UInt8(ascii: "."), before == byte { return false }
            before = byte
        }
        return true
    }

    private static func isDomain(_ text: Substring) -> Bool {
        guard (1...253).contains(text.utf8.count) else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}
