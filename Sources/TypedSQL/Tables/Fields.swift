public import PostgresClient

/// Several projections beside each other. Where a subquery has several columns, `fields` gives them in order.
public struct Fields<each Part: Projection>: Projection {
    public typealias Output = (repeat (each Part).Output)
    public typealias OuterJoined = OptionalFields<repeat each Part>

    public let fields: (repeat each Part)

    init(_ fields: repeat each Part) { self.fields = (repeat each fields) }

    public var outerJoined: OptionalFields<repeat each Part> { OptionalFields(self) }

    public init(columnsOf source: SourceReference, named name: String) {
        var namer = FieldNamer(base: name)
        fields = (repeat (each Part)(columnsOf: source, named: namer.next()))
    }

    public static func appendNames(_ name: String, to names: inout [String]) {
        var namer = FieldNamer(base: name)
        repeat (each Part).appendNames(namer.next(), to: &names)
    }

    public func append(to list: inout ProjectionList) { repeat (each fields).append(to: &list) }

    public static func decode(_ row: inout RowReader) throws(PostgresError) -> Output {
        (repeat try (each Part).decode(&row))
    }
}

/// ``Fields`` that an outer join may leave empty: each of them may be NULL.
public struct OptionalFields<each Part: Projection>: Projection {
    public typealias Output = (repeat (each Part).OuterJoined.Output)
    public typealias OuterJoined = OptionalFields<repeat each Part>

    private let all: Fields<repeat each Part>

    public var fields: (repeat (each Part).OuterJoined) { (repeat (each all.fields).outerJoined) }

    init(_ all: Fields<repeat each Part>) { self.all = all }

    public var outerJoined: OptionalFields<repeat each Part> { self }

    public init(columnsOf source: SourceReference, named name: String) { all = Fields(columnsOf: source, named: name) }

    public static func appendNames(_ name: String, to names: inout [String]) { Fields<repeat each Part>.appendNames(name, to: &names) }

    public func append(to list: inout ProjectionList) { all.append(to: &list) }

    public static func decode(_ row: inout RowReader) throws(PostgresError) -> Output {
        (repeat try (each Part).OuterJoined.decode(&row))
    }
}

/// `c1`, `c2`, …
private struct FieldNamer {
    let base: String
    private var number = 0

    init(base: String) { self.base = base.isEmpty ? "" : base + "_" }

    mutating func next() -> String {
        number += 1
        return "\(base)c\(number)"
    }
}
