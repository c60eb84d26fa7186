/// Conditions of which all must hold; there may be none.
public struct OptionalFilter: Sendable {
    var nodes: [Node]

    public static let none = OptionalFilter(nodes: [])
}

/// Conditions of which all must hold, at least one.
public struct Filter: Sendable {
    var nodes: [Node]
}

/// Lines of conditions, joined with AND; `if` and `for` leave some out.
@resultBuilder
public enum FilterBuilder {
    public static func buildExpression<Value: ConditionValue>(_ condition: Expr<Value>) -> OptionalFilter {
        OptionalFilter(nodes: [condition.node])
    }
    public static func buildPartialBlock(first filter: OptionalFilter) -> OptionalFilter { filter }
    public static func buildPartialBlock(accumulated: OptionalFilter, next: OptionalFilter) -> OptionalFilter {
        OptionalFilter(nodes: accumulated.nodes + next.nodes)
    }
    public static func buildOptional(_ filter: OptionalFilter?) -> OptionalFilter { filter ?? OptionalFilter(nodes: []) }
    public static func buildEither(first filter: OptionalFilter) -> OptionalFilter { filter }
    public static func buildEither(second filter: OptionalFilter) -> OptionalFilter { filter }
    public static func buildArray(_ filters: [OptionalFilter]) -> OptionalFilter { OptionalFilter(nodes: filters.flatMap(\.nodes)) }
}

/// As ``FilterBuilder``, but at least one line must hold always: an UPDATE or DELETE whose conditions all fell away would take every row.
@resultBuilder
public enum RequiredFilterBuilder {
    public static func buildExpression<Value: ConditionValue>(_ condition: Expr<Value>) -> Filter { Filter(nodes: [condition.node]) }
    public static func buildPartialBlock(first filter: Filter) -> Filter { filter }
    public static func buildPartialBlock(first filter: OptionalFilter) -> OptionalFilter { filter }
    public static func buildPartialBlock(accumulated: Filter, next: Filter) -> Filter { Filter(nodes: accumulated.nodes + next.nodes) }
    public static func buildPartialBlock(accumulated: Filter, next: OptionalFilter) -> Filter {
        Filter(nodes: accumulated.nodes + next.nodes)
    }
    public static func buildPartialBlock(accumulated: OptionalFilter, next: Filter) -> Filter {
        Filter(nodes: accumulated.nodes + next.nodes)
    }
    public static func buildPartialBlock(accumulated: OptionalFilter, next: OptionalFilter) -> OptionalFilter {
        OptionalFilter(nodes: accumulated.nodes + next.nodes)
    }
    public static func buildOptional(_ filter: Filter?) -> OptionalFilter { OptionalFilter(nodes: filter?.nodes ?? []) }
    public static func buildEither(first filter: Filter) -> Filter { filter }
    public static func buildEither(second filter: Filter) -> Filter { filter }
    public static func buildArray(_ filters: [Filter]) -> OptionalFilter { OptionalFilter(nodes: filters.flatMap(\.nodes)) }
}

/// Lines of what to sort by, the most important first. A bare expression sorts ascending.
@resultBuilder
public enum OrderBuilder {
    public static func buildExpression(_ term: OrderTerm) -> [OrderTerm] { [term] }
    public static func buildExpression<Value>(_ expression: Expr<Value>) -> [OrderTerm] { [expression.asc] }
    public static func buildBlock(_ terms: [OrderTerm]...) -> [OrderTerm] { terms.flatMap { $0 } }
    public static func buildOptional(_ terms: [OrderTerm]?) -> [OrderTerm] { terms ?? [] }
    public static func buildEither(first terms: [OrderTerm]) -> [OrderTerm] { terms }
    public static func buildEither(second terms: [OrderTerm]) -> [OrderTerm] { terms }
}

/// Expressions without their types.
public struct ExpressionList: Sendable {
    var nodes: [Node]
}

/// Lines of expressions: what to group by, the columns of a conflict.
@resultBuilder
public enum ExpressionListBuilder {
    public static func buildExpression<Value>(_ expression: Expr<Value>) -> ExpressionList { ExpressionList(nodes: [expression.node]) }
    public static func buildBlock(_ lists: ExpressionList...) -> ExpressionList { ExpressionList(nodes: lists.flatMap(\.nodes)) }
    public static func buildOptional(_ list: ExpressionList?) -> ExpressionList { list ?? ExpressionList(nodes: []) }
    public static func buildEither(first list: ExpressionList) -> ExpressionList { list }
    public static func buildEither(second list: ExpressionList) -> ExpressionList { list }
}

/// Lines of `column.set(value)`; `if` leaves some out.
@resultBuilder
public enum AssignmentBuilder {
    public static func buildExpression(_ assignment: Assignment) -> [Assignment] { [assignment] }
    public static func buildBlock(_ assignments: [Assignment]...) -> [Assignment] { assignments.flatMap { $0 } }
    public static func buildOptional(_ assignments: [Assignment]?) -> [Assignment] { assignments ?? [] }
    public static func buildEither(first assignments: [Assignment]) -> [Assignment] { assignments }
    public static func buildEither(second assignments: [Assignment]) -> [Assignment] { assignments }
    public static func buildArray(_ assignments: [[Assignment]]) -> [Assignment] { assignments.flatMap { $0 } }
}
