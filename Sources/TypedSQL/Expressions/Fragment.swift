/// SQL for which there is no method: `Fragment("similarity(\(user.name), \(input))").as(Float.self)`.
///
/// Expressions are spliced, values bound, names quoted. A `String` variable is a value, never text; there is no way around that.
public struct Fragment: Sendable {
    private var pieces: [Piece] = []

    /// The expression. That it has this type is the author's word, and reading another is an error.
    public func `as`<Value: SQLValue>(_ type: Value.Type) -> Expr<Value> {
        // In parentheses wherever it meets an operator: what it consists of is not known.
        Expr<Value>(.pieces(pieces, .or))
    }
}

extension Fragment {
    @available(*, unavailable, message: "text that is not written here cannot become SQL; interpolate it, and it is bound as a value")
    public init(_ text: String) { preconditionFailure("unavailable") }
}

extension Fragment: ExpressibleByStringInterpolation {
    // Static strings: nothing but a literal of the program can become text, also where somebody calls these by name.
    public init(stringLiteral value: StaticString) { pieces = [.text("\(value)")] }
    public init(stringInterpolation: StringInterpolation) { pieces = stringInterpolation.pieces }

    public struct StringInterpolation: StringInterpolationProtocol {
        var pieces: [Piece] = []

        public init(literalCapacity: Int, interpolationCount: Int) { pieces.reserveCapacity(2 * interpolationCount + 1) }

        public mutating func appendLiteral(_ literal: StaticString) {
            guard literal.utf8CodeUnitCount > 0 else { return }
            pieces.append(.text("\(literal)"))
        }

        public mutating func appendInterpolation<Value>(_ expression: Expr<Value>) { pieces.append(.node(expression.node, .primary)) }
        public mutating func appendInterpolation<Value: ColumnValue>(_ value: Value) { pieces.append(.node(.value(value), .primary)) }
        public mutating func appendInterpolation<Value: ColumnValue>(_ value: Value?) {
            pieces.append(.node(Node(binding: value), .primary))
        }
        public mutating func appendInterpolation(_ fragment: Fragment) { pieces += fragment.pieces }
        public mutating func appendInterpolation(identifier name: String) { pieces.append(.identifier(name)) }
        /// A query, in parentheses.
        public mutating func appendInterpolation(_ query: some SelectQuery) {
            pieces += [.text("("), .statement(query.definition.body), .text(")")]
        }
    }
}
