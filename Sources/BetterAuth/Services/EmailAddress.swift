import TypedAPI

/// An e-mail address in lower case, of the form that better-auth accepts.
struct EmailAddress: Hashable, Sendable {
    let text: String

    /// What SMTP can deliver to (RFC 5321, with its angle brackets 256).
    private static let maximumLength = 254

    init?(_ raw: String) {
        guard raw.utf8.count <= Self.maximumLength else { return nil }
        guard let at = raw.lastIndex(of: "@"), !raw.contains("..") else { return nil }
        let local = raw[..<at].utf8
        let domain = raw[raw.index(after: at)...].split(separator: ".", omittingEmptySubsequences: false)
        guard let first = local.first, first != UInt8(ascii: "."), let last = local.last, last != UInt8(ascii: "."),
            last != UInt8(ascii: "'"), local.allSatisfy({ Self.isAlphanumeric($0) || "_'+-.".utf8.contains($0) })
        else { return nil }
        guard domain.count >= 2, let top = domain.last, top.utf8.count >= 2, top.utf8.allSatisfy(Self.isLetter) else { return nil }
        for label in domain.dropLast() {
            guard let first = label.utf8.first, Self.isAlphanumeric(first),
                label.utf8.allSatisfy({ Self.isAlphanumeric($0) || $0 == UInt8(ascii: "-") })
            else { return nil }
        }
        text = raw.lowercased()
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

extension EmailAddress: SchemaText {
    init?(schemaText text: String) { self.init(text) }
    var schemaText: String { text }
    static var schemaForm: TextForm { TextForm("an email address", format: "email") }
}
