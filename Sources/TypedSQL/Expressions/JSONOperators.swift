public import JSON

/// What a `jsonb` column can be of.
public protocol JSONColumnValue: ColumnValue {}
extension JSONValue: JSONColumnValue {}
extension RawJSON: JSONColumnValue {}
extension JSONB: JSONColumnValue {}

extension Expr where Value.NonNull: JSONColumnValue {
    /// The member of that name, NULL when there is none: `->`.
    public subscript(key: String) -> Expr<JSONValue?> { Expr<JSONValue?>(.infix(" -> ", .other, node, .value(key))) }

    /// The element at that place, from the end when negative; NULL when there is none.
    public subscript(index: Int) -> Expr<JSONValue?> { Expr<JSONValue?>(.infix(" -> ", .other, node, .value(Int32(clamping: index)))) }

    /// The member as text, without quotes; NULL when there is none or it is null: `->>`.
    public func text(_ key: String) -> Expr<String?> { Expr<String?>(.infix(" ->> ", .other, node, .value(key))) }

    /// What lies at the end of a path, as text: `#>>`.
    public func text(at path: [String]) -> Expr<String?> { Expr<String?>(.infix(" #>> ", .other, node, .value(path))) }

    /// What lies at the end of a path: `#>`.
    public func value(at path: [String]) -> Expr<JSONValue?> { Expr<JSONValue?>(.infix(" #> ", .other, node, .value(path))) }

    /// Whether all of `json` is in it: `@>`. A GIN index answers this.
    public func contains(_ json: JSONValue) -> Condition { Condition(.infix(" @> ", .comparison, node, .value(json))) }

    /// Whether it has a member, or an element that is a string, of that text: `?`.
    public func hasKey(_ key: String) -> Condition { Condition(.infix(" ? ", .comparison, node, .value(key))) }
    public func hasAnyKey(_ keys: [String]) -> Condition { Condition(.infix(" ?| ", .comparison, node, .value(keys))) }
    public func hasAllKeys(_ keys: [String]) -> Condition { Condition(.infix(" ?& ", .comparison, node, .value(keys))) }

    /// `object`, `array`, `string`, `number`, `boolean` or `null`.
    public func jsonType() -> Expr<String?> { Expr<String?>(.call("jsonb_typeof", [node])) }

    /// With the members of `other` added, or in place of those of the same name: `||`.
    public func merging(_ other: JSONValue) -> Expr { Expr(.infix(" || ", .other, node, .value(other))) }

    /// Without a member: `-`.
    public func removing(_ key: String) -> Expr { Expr(.infix(" - ", .sum, node, .value(key))) }

    /// With `value` at the end of a path.
    public func setting(_ path: [String], to value: JSONValue) -> Expr { Expr(.call("jsonb_set", [node, .value(path), .value(value)])) }

    /// As another type that reads JSON.
    public func json<Other: JSONColumnValue>(as type: Other.Type) -> Expr<Other?> { Expr<Other?>(node) }
}

/// A JSON object from expressions: `jsonObject(("id", run.id), ("state", run.status))`.
public func jsonObject<each Value: SQLValue>(_ members: repeat (String, Expr<each Value>)) -> Expr<JSONValue> {
    var nodes: [Node] = []
    for (name, value) in repeat each members { nodes += [.value(name), value.node] }
    return Expr<JSONValue>(.call("jsonb_build_object", nodes))
}

extension Expr {
    /// As JSON.
    public func json() -> Expr<JSONValue?> { Expr<JSONValue?>(.call("to_jsonb", [node])) }

    /// All values as a JSON array; NULL when there are no rows.
    public func jsonAggregate(orderBy order: OrderTerm..., where condition: (any ConditionExpression)? = nil) -> Expr<JSONValue?> {
        Expr<JSONValue?>(.aggregate("jsonb_agg", [node], order: order, where: condition))
    }
}
