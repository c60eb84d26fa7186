/// The W3C `tracestate`: what tracing systems tell each other beside `traceparent`, a list of `key=value`, the latest first.
///
/// Source: W3C Trace Context, level 1, section 3.3.
enum TraceState {
    /// More members make a list that nobody has to read.
    static let maximumMembers = 32
    /// Of what is passed on; the standard asks for at least as much.
    static let maximumBytes = 512
    /// A longer member is the first to go when there is too much.
    static let largeMemberBytes = 128

    /// The list as it is passed on: without spaces between its members, each key once, no longer than the limit. Nil when there is nothing
    /// in it, or anything wrong with it.
    static func passable(_ text: String) -> String? {
        var members: [Substring] = []
        var keys: Set<Substring> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: true) {
            let member = trimmed(part)
            guard !member.isEmpty else { continue }
            guard let equals = member.firstIndex(of: "="), isKey(member[..<equals]), isValue(member[member.index(after: equals)...]) else {
                return nil
            }
            // The first is the latest.
            if keys.insert(member[..<equals]).inserted { members.append(member) }
        }
        guard (1...maximumMembers).contains(members.count) else { return nil }
        if bytes(members) > maximumBytes { members.removeAll { $0.utf8.count > largeMemberBytes } }
        while bytes(members) > maximumBytes { members.removeLast() }
        return members.isEmpty ? nil : members.joined(separator: ",")
    }

    private static func bytes(_ members: [Substring]) -> Int { members.reduce(members.count - 1) { $0 + $1.utf8.count } }

    private static func trimmed(_ part: Substring) -> Substring {
        let start = part.drop { $0 == " " || $0 == "\t" }
        return start.lastIndex { $0 != " " && $0 != "\t" }.map { start[...$0] } ?? ""
    }

    /// `name`, or `tenant@system`.
    private static func isKey(_ key: Substring) -> Bool {
        let parts = key.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return isName(parts[0], limit: 256, mayBeginWithDigit: false)
        case 2: return isName(parts[0], limit: 241, mayBeginWithDigit: true) && isName(parts[1], limit: 14, mayBeginWithDigit: false)
        default: return false
        }
    }

    private static func isName(_ name: Substring.UTF8View, limit: Int, mayBeginWithDigit: Bool) -> Bool {
        guard let first = name.first, name.count <= limit else { return false }
        guard isLetter(first) || mayBeginWithDigit && isDigit(first) else { return false }
        return name.allSatisfy { isLetter($0) || isDigit($0) || "_-*/".utf8.contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    /// Visible ASCII and spaces, but no comma and no equals sign. Spaces at its end were taken for those around the member.
    private static func isValue(_ value: Substring) -> Bool {
        (1...256).contains(value.utf8.count) && value.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "=") }
    }
}
