import PostgresClient

/// Values of one column, bound as one array.
///
/// What has a type of its own in each database travels as `text[]` and is cast: such arrays have no binary form we could write.
enum ColumnList<Element: ColumnValue>: ColumnValue {
    case present([Element])
    case optional([Element?])

    static var sqlType: SQLType { Element.sqlType.array }

    static var postgresType: PostgresType { Element.postgresType == .inferred ? .textArray : [Element].postgresType }

    func encode(into bytes: inout [UInt8]) {
        guard Element.postgresType == .inferred else {
            switch self {
            case .present(let elements): return elements.encode(into: &bytes)
            case .optional(let elements): return elements.encode(into: &bytes)
            }
        }
        let elements: [Element?] =
            switch self {
            case .present(let elements): elements
            case .optional(let elements): elements
            }
        let texts: [String?] = elements.map { element in
            guard let element else { return nil }
            var text: [UInt8] = []
            element.encode(into: &text)
            return String(decoding: text, as: UTF8.self)
        }
        texts.encode(into: &bytes)
    }

    static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> Self {
        .optional(try [Element?].decode(bytes, type: type))
    }
}

extension Node {
    /// An array of a column's type.
    static func list<Element: ColumnValue>(_ elements: [Element]) -> Node { list(.present(elements)) }

    static func list<Element: ColumnValue>(_ elements: [Element?]) -> Node { list(.optional(elements)) }

    private static func list<Element: ColumnValue>(_ list: ColumnList<Element>) -> Node {
        let array = Node.value(list)
        return Element.postgresType == .inferred ? .cast(array, to: Element.sqlType.array) : array
    }
}
