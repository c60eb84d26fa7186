/// A URL of a native app, such as `myapp://open/path`.
struct AppURL: Sendable {
    let scheme: String
    /// nil when nothing stands between `://` and the path.
    let authority: String?
    /// The path's segments with dots resolved.
    let segments: [String]

    init?(_ text: String) {
        guard let separator = text.ranges(of: "://").first else { return nil }
        let scheme = text[..<separator.lowerBound].lowercased()
        guard let initial = scheme.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(initial),
            scheme.utf8.allSatisfy({ Self.isSchemeByte($0) }),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "\\") })
        else { return nil }
        let rest = text[separator.upperBound...].prefix { $0 != "?" && $0 != "#" }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        self.scheme = scheme
        self.authority = rest[..<slash].isEmpty ? nil : String(rest[..<slash])
        var segments: [String] = []
        for segment in rest[slash...].split(separator: "/") {
            switch segment.lowercased() {
            case ".", "%2e": continue
            case "..", ".%2e", "%2e.", "%2e%2e": _ = segments.popLast()
            default: segments.append(String(segment))
            }
        }
        self.segments = segments
    }

    /// Whether a URL lies at or below this pattern. A pattern without an authority covers its whole scheme.
    func covers(_ url: AppURL) -> Bool {
        guard url.scheme == scheme else { return false }
        guard let authority else { return true }
        return url.authority == authority && url.segments.starts(with: segments)
    }

    private static func isSchemeByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "+-.".utf8.contains(byte)
        }
    }
}
