import JSON

/// The media types an endpoint answers in, held against the header `Accept`.
@usableFromInline
struct OfferedTypes: Sendable {
    @usableFromInline let names: [String]

    @usableFromInline init<Output: EndpointOutput>(of type: Output.Type) {
        var catalog = SchemaCatalog(prefix: "")
        names = Set(Output.describe(in: &catalog).compactMap(\.mediaType)).sorted()
    }

    init(_ names: [String]) { self.names = names }

    /// Whether one of them is acceptable (RFC 9110, 12.5.1): named by a range that is not ruled out with `q=0`, the most specific range
    /// deciding. A header that is no list of media ranges is as good as none.
    @usableFromInline func satisfy(_ accept: String) -> Bool {
        // What nearly every program sends.
        if names.isEmpty || accept == "*/*" || accept == "application/json" && names == ["application/json"] { return true }
        var ranges: [(type: Substring, isWanted: Bool)] = []
        for entry in accept.lowercased().split(separator: ",") {
            let parts = entry.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }[...] }
            guard let type = parts.first, type.contains("/") else { return true }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }?.dropFirst(2)
            ranges.append((type, quality.flatMap { Double($0) } != 0))
        }
        return ranges.isEmpty || names.contains { Self.isWanted(Self.essence($0), by: ranges) }
    }

    private static func isWanted(_ name: String, by ranges: [(type: Substring, isWanted: Bool)]) -> Bool {
        let family = "\(name.prefix { $0 != "/" })/*"
        for candidate in [name, family, "*/*"] {
            if let range = ranges.first(where: { $0.type == candidate }) { return range.isWanted }
        }
        return false
    }

    /// Whether `header` is one of `types`, of which each may end in `/*`.
    @usableFromInline static func contains(_ header: String?, _ types: [String]) -> Bool {
        guard let header else { return false }
        let name = essence(header)
        return types.contains { type in
            type == "*/*" || essence(type) == name || type.hasSuffix("/*") && name.hasPrefix(type.dropLast())
        }
    }

    /// Without parameters, in lower case.
    static func essence(_ type: String) -> String { type.prefix { $0 != ";" }.lowercased().filter { $0 != " " } }
}
