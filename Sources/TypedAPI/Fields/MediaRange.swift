public import Hummingbird

/// A media type of `Content-Type`, or a range of them in `Accept`: RFC 9110, sections 8.3.1 and 12.5.1.
struct MediaRange: Equatable {
    struct Parameter: Equatable {
        /// In lower case.
        let name: String
        let value: String
    }

    /// `type/subtype` in lower case; in a range either may be `*`.
    let essence: String
    let parameters: [Parameter]

    /// nil when it is not of that form, such as two types with a comma between them.
    init?(_ text: some StringProtocol) {
        guard let parts = FieldText.split(Substring(text), at: UInt8(ascii: ";")), let type = parts.first,
            let slash = type.utf8.firstIndex(of: UInt8(ascii: "/")), FieldText.isToken(type[..<slash]),
            FieldText.isToken(type[type.utf8.index(after: slash)...])
        else { return nil }
        var parameters: [Parameter] = []
        for part in parts.dropFirst() {
            guard let (name, value) = FieldText.parameter(part) else { return nil }
            parameters.append(Parameter(name: name, value: value))
        }
        essence = type.lowercased()
        self.parameters = parameters
    }

    /// Whether text of that type is UTF-8, so far as it says.
    var isUTF8: Bool { parameters.allSatisfy { $0.name != "charset" || $0.value.lowercased() == "utf-8" } }

    /// The ranges of an `Accept`, with their weights in thousandths; nil when it is no list of them.
    static func accepted(_ header: String) -> [(range: MediaRange, weight: Int)]? {
        guard let entries = FieldText.split(header[...], at: UInt8(ascii: ",")) else { return nil }
        var ranges: [(MediaRange, Int)] = []
        for entry in entries {
            guard let range = MediaRange(entry) else { return nil }
            let weight = range.parameters.first { $0.name == "q" }.flatMap { FieldText.weight($0.value) }
            ranges.append((range, weight ?? 1000))
        }
        return ranges
    }

    /// How much this type is wanted: the most specific range that names it decides, of equals the one that wants it most.
    ///
    /// - Returns: in thousandths, 0 for not at all; nil when none of the ranges names it.
    static func weight(of essence: String, in ranges: [(range: MediaRange, weight: Int)], allowsWildcards: Bool = true) -> Int? {
        let family = "\(essence.prefix { $0 != "/" })/*"
        for name in allowsWildcards ? [essence, family, "*/*"] : [essence] {
            if let weight = ranges.filter({ $0.range.essence == name }).map(\.weight).max() { return weight }
        }
        return nil
    }
}

extension Request {
    /// Whether a page is wanted rather than JSON, as by a browser: `Accept` names `text/html`, and JSON no more than that.
    public var prefersHTML: Bool {
        guard let header = headers.value(of: .accept), let ranges = MediaRange.accepted(header),
            let html = MediaRange.weight(of: "text/html", in: ranges, allowsWildcards: false), html > 0
        else { return false }
        return html >= MediaRange.weight(of: "application/json", in: ranges, allowsWildcards: false) ?? 0
    }
}
