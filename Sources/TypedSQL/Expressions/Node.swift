/// What an expression is made of, without its type.
indirect enum Node: Sendable {
    case column(SourceReference, String)
    case value(any ColumnValue)
    /// A NULL of the type.
    case null(any ColumnValue.Type)
    /// The n-th argument of a prepared statement.
    case argument(Int, any ColumnValue.Type)
    /// A value found each time the statement runs.
    case computed(ComputedValue)
    case infix(String, Precedence, Node, Node)
    case pieces([Piece], Precedence)

    static func text(_ text: String) -> Node { .pieces([.text(text)], .primary) }

    /// `name(a, b)`.
    static func call(_ name: String, _ arguments: [Node]) -> Node {
        .pieces([.text(name + "(")] + Piece.list(arguments) + [.text(")")], .primary)
    }

    /// `operand text`, such as `x is null`.
    static func postfix(_ operand: Node, _ text: String, _ precedence: Precedence = .comparison) -> Node {
        .pieces([.node(operand, precedence.above), .text(text)], precedence)
    }

    static func cast(_ operand: Node, to type: SQLType) -> Node {
        .pieces([.node(operand, .primary), .text("::\(type)")], .primary)
    }

    /// All of them; nil when there are none.
    static func all(of conditions: [Node]) -> Node? {
        guard var result = conditions.first else { return nil }
        for condition in conditions.dropFirst() { result = .infix(" and ", .and, result, condition) }
        return result
    }

    var precedence: Precedence {
        switch self {
        case .column, .value, .null, .argument, .computed: .primary
        case .infix(_, let precedence, _, _), .pieces(_, let precedence): precedence
        }
    }
}

/// A part of the text of an expression.
enum Piece: Sendable {
    case text(String)
    /// In parentheses unless it binds at least that tightly.
    case node(Node, Precedence)
    /// A whole statement, without parentheses of its own.
    case statement(StatementBody)
    case identifier(String)

    /// Separated by commas, each as if alone.
    static func list(_ nodes: [Node]) -> [Piece] {
        var pieces: [Piece] = []
        for node in nodes {
            if !pieces.isEmpty { pieces.append(.text(", ")) }
            pieces.append(.node(node, .lowest))
        }
        return pieces
    }
}

/// How tightly an operator binds, loosest first.
enum Precedence: Int, Comparable, Sendable {
    case lowest, or, and, not, comparison, other, sum, product, sign, primary

    static func < (left: Precedence, right: Precedence) -> Bool { left.rawValue < right.rawValue }

    var above: Precedence { Precedence(rawValue: rawValue + 1) ?? .primary }

    /// Whether `a op b op c` needs no parentheses.
    var isAssociative: Bool { self == .or || self == .and }
}

/// Swift code that gives a value, or nil for NULL.
struct ComputedValue: Sendable {
    let type: any ColumnValue.Type
    let make: @Sendable () -> (any ColumnValue)?
}
