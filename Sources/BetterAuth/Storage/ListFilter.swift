import Primitives
import TypedSQL

/// A column that callers may filter and sort by, by the name they know.
protocol ListColumn: RawRepresentable<String>, Sendable {
    associatedtype Columns
    func field(of columns: Columns) -> ListField
}

/// What kind of column it is.
enum ListField {
    case text(Expr<String?>)
    case time(Expr<Timestamp?>)
    case flag(Expr<Bool?>)
}

/// better-auth's filters: one column, one operator, one value, or several between commas.
struct ListFilter<Column: ListColumn>: Sendable {
    enum Operator: String, Sendable {
        case eq, ne, lt, lte, gt, gte
        case isIn = "in"
        case isNotIn = "not_in"
        case contains
        case startsWith = "starts_with"
        case endsWith = "ends_with"
    }

    var column: Column
    var `operator`: Operator
    var value: String

    /// A value that is none of the column's type matches nothing, as would a comparison with NULL.
    func condition(on columns: Column.Columns) -> Condition {
        switch column.field(of: columns) {
        case .text(let column): compare(column)
        case .time(let column): Timestamp(rfc3339: value).map { compare(column, $0) } ?? Expr(false)
        case .flag(let column): value == "true" || value == "false" ? compare(column, value == "true") : Expr(false)
        }
    }

    private func compare(_ column: Expr<String?>) -> Condition {
        switch `operator` {
        case .eq: column == value
        case .ne: column != value
        case .lt: column < value
        case .lte: column <= value
        case .gt: column > value
        case .gte: column >= value
        case .isIn: column.isIn(value.split(separator: ",").map(String.init))
        case .isNotIn: column.isNotIn(value.split(separator: ",").map(String.init))
        case .contains: column.contains(value)
        case .startsWith: column.starts(with: value)
        case .endsWith: column.ends(with: value)
        }
    }

    private func compare(_ column: Expr<Timestamp?>, _ time: Timestamp) -> Condition {
        switch `operator` {
        case .eq, .isIn: column == time
        case .ne, .isNotIn: column != time
        case .lt: column < time
        case .lte: column <= time
        case .gt: column > time
        case .gte: column >= time
        case .contains, .startsWith, .endsWith: Expr(false)
        }
    }

    private func compare(_ column: Expr<Bool?>, _ flag: Bool) -> Condition {
        switch `operator` {
        case .eq, .isIn: column == flag
        case .ne, .isNotIn: column != flag
        case .lt, .lte, .gt, .gte, .contains, .startsWith, .endsWith: Expr(false)
        }
    }
}

struct ListOrder<Column: ListColumn>: Sendable {
    var column: Column
    var descending: Bool

    func term(on columns: Column.Columns) -> OrderTerm {
        switch column.field(of: columns) {
        case .text(let column): directed(column)
        case .time(let column): directed(column)
        case .flag(let column): directed(column)
        }
    }

    private func directed<Value>(_ expression: Expr<Value>) -> OrderTerm {
        (descending ? expression.desc : expression.asc).nullsLast()
    }
}
