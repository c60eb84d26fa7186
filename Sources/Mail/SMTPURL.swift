/// The parts of an SMTP URL, read strictly.
struct SMTPURL {
    let isTLS: Bool
    let user: String?
    let password: String?
    let host: String
    let port: Int?
    /// Behind the question mark; nil without one.
    let query: String?

    init(_ url: String) throws(MailError) {
        let invalid = MailError(.invalid, "The SMTP URL is not of the form smtp[s]://[user:password@]host[:port][?tls=…].")
        guard url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw invalid }
        let rest: Substring
        if url.hasPrefix("smtps://") {
            isTLS = true
            rest = url.dropFirst(8)
        } else if url.hasPrefix("smtp://") {
            isTLS = false
            rest = url.dropFirst(7)
        } else {
            throw invalid
        }
        let question = rest.firstIndex(of: "?") ?? rest.endIndex
        query = question == rest.endIndex ? nil : String(rest[question...].dropFirst())
        var place = rest[..<question]
        if place.hasSuffix("/") { place.removeLast() }
        if let at = place.lastIndex(of: "@") {
            let secrets = place[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let user = Self.decode(secrets[0]), !user.isEmpty else { throw invalid }
            self.user = user
            guard secrets.count == 2 else { throw MailError(.invalid, "The SMTP URL has a user and no password.") }
            guard let password = Self.decode(secrets[1]) else { throw invalid }
            self.password = password
            place = place[place.index(after: at)...]
        } else {
            user = nil
            password = nil
        }
        let portStart = place.hasPrefix("[") ? place.firstIndex(of: "]").map { place.index(after: $0) } : place.firstIndex(of: ":")
        let end = portStart ?? place.endIndex
        host = String(place[..<end]).lowercased()
        guard Self.isHost(host) else { throw invalid }
        if end < place.endIndex {
            guard place[end] == ":", let number = Int(place[end...].dropFirst()), (1...65535).contains(number) else { throw invalid }
            port = number
        } else {
            port = nil
        }
    }

    private static func isHost(_ host: String) -> Bool {
        guard !host.isEmpty else { return false }
        if host.hasPrefix("[") {
            return host.hasSuffix("]") && host.utf8.dropFirst().dropLast().allSatisfy { "0123456789abcdef:.".utf8.contains($0) }
        }
        return host.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || ".-_".utf8.contains($0) }
    }

    private static func decode(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), rest.count >= 2 else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        // A control character would end the line of a command.
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
