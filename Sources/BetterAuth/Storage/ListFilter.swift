import Primitives
import TypedSQL

/// A column that callers may filter and sort by, by the name they know.
protocol ListColumn: RawRepresentable<String>, Sendable {
    associatedtype Columns
    var kind: ListKind { get }
    func field(of columns: Columns) -> ListField
}

/// What a column's values are.
enum ListKind: Sendable { case text, time, flag }

enum ListField {
    case text(Expr<String?>)
    case time(Expr<Timestamp?>)
    case flag(Expr<Bool?>)
}

/// better-auth's filters: one column, one operator, one value, or several for `in` and `not_in`.
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
    /// Exactly one unless the operator takes several; of the column's type.
    var values: [String]

    func condition(on columns: Column.Columns) -> Condition {
        switch column.field(of: columns) {
        case .text(let column): values.first.map { compare(column, $0) } ?? Expr(false)
        case .time(let column): compare(column, values.compactMap(Self.time))
        case .flag(let column): compare(column, values.compactMap(Self.flag))
        }
    }

    /// A point in time, or a day, which begins in UTC.
    static func time(_ text: String) -> Timestamp? { Timestamp(rfc3339: text.utf8.count == 10 ? text + "T00:00:00Z" : text) }

    static func flag(_ text: String) -> Bool? { ["true": true, "false": false][text] }

    private func compare(_ column: Expr<String?>, _ value: String) -> Condition {
        switch `operator` {
        case .eq: column == value
        case .ne: column != value
        case .lt: column < value
        case .lte: column <= value
        case .gt: column > value
        case .gte: column >= value
        case .isIn: column.isIn(values)
        case .isNotIn: column.isNotIn(values)
        case .contains: column.contains(value)
        case .startsWith: column.starts(with: value)
        case .endsWith: column.ends(with: value)
        }
    }

    private func compare(_ column: Expr<Timestamp?>, _ times: [Timestamp]) -> Condition {
        guard let time = times.first else { return Expr(false) }
        return switch `operator` {
        case .eq: column == time
        case .ne: column != time
        case .isIn: column.isIn(times)
        case .isNotIn: column.isNotIn(times)
        case .lt: column < time
        case .lte: column <= time
        case .gt: column > time
        case .gte: column >= time
        case .contains, .startsWith, .endsWith: Expr(false)
        }
    }

    private func compare(_ column: Expr<Bool?>, _ flags: [Bool]) -> Condition {
        guard let flag = flags.first else { return Expr(false) }
        return switch `operator` {
        case .eq: column == flag
        case .ne: column != flag
        case .isIn: column.isIn(flags)
        case .isNotIn: column.isNotIn(flags)
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
