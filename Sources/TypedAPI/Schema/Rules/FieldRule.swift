/// What `@Field` may say. Each is checked when the field is read, and becomes a keyword of the JSON Schema.
///
/// The macro hands the rules on to ``Rule`` of the field's own type; these declarations check their spelling on the line they stand on.
public struct FieldRule: Sendable {
    private init() {}
    private static var rule: FieldRule { FieldRule() }

    // MARK: Text

    /// Unicode scalars: `minLength`, `maxLength`.
    public static func length(_ range: some SchemaRange<Int>) -> FieldRule { rule }
    public static func length(_ exact: Int) -> FieldRule { rule }
    /// A regular expression that has to match somewhere: `pattern`.
    public static func pattern(_ expression: String, message: String? = nil) -> FieldRule { rule }
    /// A well-known form: `format`.
    public static func format(_ format: TextFormat) -> FieldRule { rule }
    public static func startsWith(_ start: String) -> FieldRule { rule }
    public static func endsWith(_ end: String) -> FieldRule { rule }
    public static func contains(_ part: String) -> FieldRule { rule }
    /// White space at both ends goes, before the rules that follow look.
    public static var trimmed: FieldRule { rule }
    public static var lowercased: FieldRule { rule }
    public static var uppercased: FieldRule { rule }

    // MARK: Numbers, times, durations

    /// `minimum`, `maximum`, `exclusiveMaximum`.
    public static func range(_ range: some SchemaRange) -> FieldRule { rule }
    /// `exclusiveMinimum`.
    public static func greater<Bound>(than limit: Bound) -> FieldRule { rule }
    /// `exclusiveMaximum`.
    public static func less<Bound>(than limit: Bound) -> FieldRule { rule }
    /// `multipleOf`.
    public static func multiple<Divisor>(of divisor: Divisor) -> FieldRule { rule }

    // MARK: Lists and maps

    /// `minItems`, `maxItems`; of a map `minProperties`, `maxProperties`.
    public static func count(_ range: some SchemaRange<Int>) -> FieldRule { rule }
    public static func count(_ exact: Int) -> FieldRule { rule }
    /// No element twice: `uniqueItems`.
    public static var unique: FieldRule { rule }
    /// Rules of each element, or of each value of a map.
    public static func each(_ rules: FieldRule...) -> FieldRule { rule }
    /// Rules of each name of a map: `propertyNames`.
    public static func keys(_ rules: FieldRule...) -> FieldRule { rule }

    // MARK: Everything

    /// `enum`.
    public static func oneOf<Value>(_ allowed: Value...) -> FieldRule { rule }
    /// A check of one's own: a function of the type, or a closure that says its parameter's type.
    public static func refine<Value>(_ code: Issue.Code, _ message: String, _ check: @escaping @Sendable (Value) -> Bool) -> FieldRule {
        rule
    }
    /// A change; the rules that follow see what came of it.
    public static func transform<Value>(_ change: @escaping @Sendable (Value) -> Value) -> FieldRule { rule }

    // MARK: Presence

    /// Of an optional: has to be there, and may be null.
    public static var required: FieldRule { rule }
    /// Of an optional: may be left out, and is never null, so it is not written when it is nil.
    public static var notNull: FieldRule { rule }
    /// Of an optional: not written at all when it is nil.
    public static var omitNil: FieldRule { rule }
    /// The members nobody declared: of a `[String: JSONValue]` or another map.
    public static var unknownMembers: FieldRule { rule }

    // MARK: Documentation

    public static func title(_ text: String) -> FieldRule { rule }
    /// Instead of the documentation comment.
    public static func description(_ text: String) -> FieldRule { rule }
    public static func example<Value>(_ examples: Value...) -> FieldRule { rule }
    public static var deprecated: FieldRule { rule }
}
