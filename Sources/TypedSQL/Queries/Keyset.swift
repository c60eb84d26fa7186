/// A key of a list's order, for `after(_:by:)`: a column that is never NULL, and the direction.
public struct KeysetTerm<Key: ColumnValue>: Sendable {
    let node: Node
    let isDescending: Bool
}

extension Expr where Value: ColumnValue {
    public var ascending: KeysetTerm<Value> { KeysetTerm(node: node, isDescending: false) }
    public var descending: KeysetTerm<Value> { KeysetTerm(node: node, isDescending: true) }
}

/// The keys of a list and the row to continue after.
struct Keyset {
    private var terms: [OrderTerm] = []
    private var values: [Node] = []

    mutating func add<Key>(_ term: KeysetTerm<Key>) { terms.append(OrderTerm(node: term.node, isDescending: term.isDescending)) }
    mutating func add<Key: ColumnValue>(value: Key) { values.append(.value(value)) }

    func apply(to body: inout SelectBody) {
        // The condition cuts by these keys, so sorting must begin with them.
        if !body.order.isEmpty { body.problem = "after(_:by:) sorts by its own keys: leave out the order in front of it" }
        body.order += terms
        guard !values.isEmpty else { return }
        body.conditions.append(condition)
    }

    private var condition: Node {
        let isUniform = terms.allSatisfy { $0.isDescending == terms[0].isDescending }
        guard !isUniform else {
            // A row comparison is what an index on these columns answers in one step.
            let operation = terms[0].isDescending ? " < " : " > "
            guard terms.count > 1 else { return .infix(operation, .comparison, terms[0].node, values[0]) }
            return .pieces(
                [.text("(")] + Piece.list(terms.map(\.node)) + [.text(")" + operation + "(")] + Piece.list(values) + [.text(")")],
                .comparison)
        }
        // a > 1 or (a = 1 and (b < 2 or (b = 2 and …))), with a >= 1 in front, which an index can use.
        var result: Node?
        for (term, value) in zip(terms, values).reversed() {
            let beyond = Node.infix(term.isDescending ? " < " : " > ", .comparison, term.node, value)
            guard let rest = result else {
                result = beyond
                continue
            }
            result = .infix(" or ", .or, beyond, .infix(" and ", .and, .infix(" = ", .comparison, term.node, value), rest))
        }
        let bound = Node.infix(terms[0].isDescending ? " <= " : " >= ", .comparison, terms[0].node, values[0])
        return .infix(" and ", .and, bound, result ?? .text("true"))
    }
}

/// Some rows of a list, and whether there are more behind them.
public struct Page<Item: Sendable>: Sendable {
    public let items: [Item]
    public let hasMore: Bool

    /// - Parameters:
    ///   - rows: What a query with a limit of `limit + 1` gave.
    ///   - limit: Of less than 1 row no page is made: it counts as 1.
    public init(_ rows: [Item], limit: Int) {
        let limit = max(1, limit)
        hasMore = rows.count > limit
        items = hasMore ? Array(rows.prefix(limit)) : rows
    }
}
