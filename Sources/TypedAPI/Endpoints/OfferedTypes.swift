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
        guard let ranges = MediaRange.accepted(accept), !ranges.isEmpty else { return true }
        return names.contains { name in MediaRange.weight(of: Self.essence(name), in: ranges).map { $0 > 0 } ?? false }
    }

    /// Whether `header` is one of `types`, of which each may end in `/*`.
    @usableFromInline static func contains(_ header: String?, _ types: [String]) -> Bool {
        guard let header, let name = MediaRange(header)?.essence else { return false }
        return types.contains { type in
            type == "*/*" || essence(type) == name || type.hasSuffix("/*") && name.hasPrefix(type.dropLast())
        }
    }

    /// One of ours without its parameters, in lower case.
    static func essence(_ type: String) -> String { type.prefix { $0 != ";" }.lowercased().filter { $0 != " " } }
}
