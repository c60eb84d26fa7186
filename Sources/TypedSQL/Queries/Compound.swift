public import PostgresClient

/// Several queries as one: their rows together, those that both have, those that one has alone. Limits and what follows belong to the whole.
///
/// To sort or to filter the whole, read it as a table: `a.union(b).subquery("both").from().orderBy { … }`.
public struct Compound<Output: Sendable, Shape: Projection>: SelectQuery {
    public var select: SelectState

    private let read: @Sendable (PostgresRow) throws(PostgresError) -> Output

    fileprivate init(_ body: SelectBody, read: @escaping @Sendable (PostgresRow) throws(PostgresError) -> Output) {
        select = SelectState(body)
        self.read = read
    }

    public func decode(row: PostgresRow) throws(PostgresError) -> Output { try read(row) }
}

extension SelectQuery {
    /// The rows of both, each once.
    public func union<Other: SelectQuery>(_ other: Other) -> Compound<Output, Shape> where Other.Output == Output {
        compound(.union, other)
    }
    /// The rows of both.
    public func unionAll<Other: SelectQuery>(_ other: Other) -> Compound<Output, Shape> where Other.Output == Output {
        compound(.unionAll, other)
    }
    /// The rows that both have, each once.
    public func intersect<Other: SelectQuery>(_ other: Other) -> Compound<Output, Shape> where Other.Output == Output {
        compound(.intersect, other)
    }
    /// The rows that `other` does not have, each once.
    public func except<Other: SelectQuery>(_ other: Other) -> Compound<Output, Shape> where Other.Output == Output {
        compound(.except, other)
    }

    /// Order and limit that this query has so far stay its own.
    private func compound(_ operation: SelectBody.Operation, _ other: some SelectQuery) -> Compound<Output, Shape> {
        var body = finished
        // `intersect` binds more tightly than the others, which the order in which they were written does not show.
        let bindsOtherwise = operation == .intersect && body.compounds.contains { $0.operation != .intersect }
        if bindsOtherwise || !body.order.isEmpty || body.limit != nil || body.offset != nil || !body.locks.isEmpty {
            body = SelectBody(wrapping: body)
        }
        body.compounds.append(.init(operation: operation, body: other.finished))
        return Compound(body) { row throws(PostgresError) in try self.decode(row: row) }
    }
}

extension SelectBody {
    /// `select * from (body)`, so that clauses added later do not mix with its own.
    init(wrapping body: SelectBody) {
        self.init()
        let reference = SourceReference(named: "part")
        let names = (0..<body.projection.nodes.count).map { "c\($0 + 1)" }
        projection.items = [.columns(reference, SelectList(names, of: "part"))]
        sources = [FromItem(relation: .statement(.select(body), columns: names), reference: reference)]
    }
}
