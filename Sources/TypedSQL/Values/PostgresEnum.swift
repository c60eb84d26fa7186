public import PostgresClient

/// A Swift enum that is a PostgreSQL enum type, its cases the labels, in order.
///
///     enum RunStatus: String, PostgresEnum {
///         static let typeName = "run_status"
///         case queued, running, succeeded, failed
///     }
public protocol PostgresEnum: ColumnValue, CaseIterable, RawRepresentable where RawValue == String {
    static var typeName: String { get }
    /// Nil leaves it to the search path.
    static var typeSchema: String? { get }
    /// The type's name before, while a migration renames it.
    static var typeRenamedFrom: String? { get }
    /// Labels by their old spelling, while a migration renames them: `["done": .succeeded]`.
    static var renamedLabels: [String: Self] { get }
}

extension PostgresEnum {
    public static var typeSchema: String? { nil }
    public static var typeRenamedFrom: String? { nil }
    public static var renamedLabels: [String: Self] { [:] }

    public static var sqlType: SQLType { .custom(typeName, schema: typeSchema) }

    // Its OID differs from database to database, so values travel as text with a cast beside them.
    public static var postgresType: PostgresType { .inferred }
    public static var postgresArrayType: PostgresType { .inferred }

    public func encode(into bytes: inout [UInt8]) { bytes.append(contentsOf: rawValue.utf8) }

    public static func encodeArray(_ elements: [Self], into bytes: inout [UInt8]) {
        PostgresUntyped.encodeArray(elements.map { PostgresUntyped($0.rawValue) }, into: &bytes)
    }

    /// The type itself, for migrations.
    public static var definition: EnumDefinition {
        EnumDefinition(
            schema: typeSchema, name: typeName, labels: allCases.map(\.rawValue), renamedFrom: typeRenamedFrom,
            renamedLabels: renamedLabels.mapValues(\.rawValue))
    }
}

/// A Swift enum kept as text, with a CHECK constraint that allows its raw values alone.
public protocol CheckedText: ColumnValue, CaseIterable, RawRepresentable where RawValue == String {}

extension CheckedText {
    public static var allowedValues: [String]? { allCases.map(\.rawValue) }
}
