public import JSON
public import Primitives

/// The parameters of a list: rows behind a key, never an offset, so that every page costs the same.
@Schema public struct PageQuery: Equatable {
    /// How many at most.
    @Field(.range(1...100)) public var limit: Int = 20
    /// `nextCursor` of the page before; left out for the first page.
    @Field(.length(1...512)) public var cursor: String?

    public init(limit: Int = 20, cursor: String? = nil) {
        self.limit = limit
        self.cursor = cursor
    }

    /// The key behind which the page begins; nil for the first page.
    ///
    /// - Throws: ``Problem`` 400 `invalid_cursor`.
    public func after() throws -> UUIDv7? {
        guard let cursor else { return nil }
        guard let bytes = Base64URL.decode(cursor), bytes.count == 16 else { throw Problem(.invalidCursor) }
        return UUIDv7(high: bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }, low: bytes[8...].reduce(0) { $0 << 8 | UInt64($1) })
    }
}

/// Where a list goes on.
@Schema public struct Pagination: Equatable {
    /// What to send as `cursor` for the next page; null on the last one.
    public var nextCursor: String?
    public var hasMore: Bool

    public init(nextCursor: String?) {
        self.nextCursor = nextCursor
        hasMore = nextCursor != nil
    }
}

/// One page of a list: `{"data": […], "pagination": {"nextCursor": …, "hasMore": …}}`.
public struct Page<Element: SchemaValue>: SchemaObject {
    public var data: [Element]
    public var pagination: Pagination

    public init(data: [Element], pagination: Pagination = Pagination(nextCursor: nil)) {
        self.data = data
        self.pagination = pagination
    }

    /// - Parameters:
    ///   - rows: up to one row more than `limit`, which tells whether there is another page.
    ///   - key: what the rows are ordered by.
    public init<Row>(_ rows: [Row], limit: Int, key: (Row) -> UUIDv7, _ element: (Row) throws -> Element) rethrows {
        let shown = rows.prefix(limit)
        let next = rows.count > limit ? shown.last.map { Self.cursor(behind: key($0)) } : nil
        self.init(data: try shown.map(element), pagination: Pagination(nextCursor: next))
    }

    private static func cursor(behind key: UUIDv7) -> String {
        Base64URL.encode(withUnsafeBytes(of: (key.high.bigEndian, key.low.bigEndian)) { Array($0) })
    }

    public static func read(from reader: inout SchemaReader) throws(JSONError) -> Page? {
        var data: [Element]?
        var pagination: Pagination?
        let isComplete = try reader.object(pageFields, unknown: nil) { (index, reader) throws(JSONError) in
            if index == 0 { data = try reader.value() } else { pagination = try reader.value() }
        }
        guard isComplete, let data, let pagination else { return nil }
        return Page(data: data, pagination: pagination)
    }

    @inlinable
    public func writeMembers(to writer: inout JSONWriter) {
        writer.write(raw: "\"data\":")
        data.write(to: &writer)
        writer.write(raw: ",\"pagination\":")
        pagination.write(to: &writer)
    }

    public static func members(in catalog: inout SchemaCatalog) -> ObjectSchema {
        var object = ObjectSchema()
        object.add("data", [Element].self, presence: .required, in: &catalog)
        object.add("pagination", Pagination.self, presence: .required, in: &catalog)
        return object
    }

    public static func schema(in catalog: inout SchemaCatalog) -> JSONObject {
        catalog.define(named: "Page", behind: Element.self, Page.self) { members(in: &$0).schema(in: $0) }
    }
}

private let pageFields = FieldTable(["data", "pagination"], required: 3)
