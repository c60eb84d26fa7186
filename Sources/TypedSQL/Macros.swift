// What `@Table` and `@Row` write names PostgresClient's types, and columns have types of Primitives such as `Timestamp` and `UUIDv7`:
// importing TypedSQL is enough to have them.
@_exported public import PostgresClient
@_exported public import Primitives

/// Makes a struct a table: typed columns, decoding by position, an insert draft, and its schema.
///
///     @Table("projects")
///     struct Project {
///         @Column(.primaryKey) let id: ProjectID
///         @References(\Organization.id, onDelete: .cascade) var organizationID: String
///         var name: String
///         var archivedAt: Timestamp?
///         @Column(default: .now) var createdAt: Timestamp
///     }
///
/// Each stored property is a column of its type; optional means NULL is possible. A property with an initial value has that value in
/// drafts that do not say otherwise.
///
/// - Parameters:
///   - name: Of the table; the type's name in snake case if left out.
///   - schema: Nil leaves it to the search path.
///   - naming: How names of columns follow from those of properties.
///   - renamedFrom: The table's name before, while a migration renames it.
@attached(
    extension, conformances: Table,
    names: named(Columns), named(Draft), named(init), named(tableName), named(schema), named(updateDefaults))
public macro Table(
    _ name: String? = nil, schema: String? = nil, naming: ColumnNaming = .snakeCase, renamedFrom: String? = nil, comment: String? = nil
) = #externalMacro(module: "Macros", type: "TableMacro")

/// Makes a struct something that rows of a query decode to, with columns to select into and to read where the query is a subquery.
@attached(extension, conformances: Row, RowDraft, names: named(Columns), named(init), named(write))
public macro Row(naming: ColumnNaming = .snakeCase) = #externalMacro(module: "Macros", type: "RowMacro")

/// How the name of a column follows from that of its property.
public enum ColumnNaming: Sendable {
    /// `organizationID` is `organization_id`.
    case snakeCase
    /// `organizationID` is `organizationId`.
    case camelCase
    /// `organizationID` is `organizationID`.
    case asWritten
}

/// Says more about a column: its name where that does not follow from the property's, options, a default in the database, and values that
/// Swift fills in.
///
/// - Parameters:
///   - default: What the database fills in where an insert says nothing.
///   - onInsert: What the draft says where its maker says nothing: `onInsert: ProjectID()`.
///   - onUpdate: What every update sets the column to unless it says otherwise: `onUpdate: Timestamp.now`.
@attached(peer)
public macro Column(
    _ name: String, _ options: ColumnOption..., default: ColumnDefault? = nil, onInsert: @autoclosure () -> Any = (),
    onUpdate: @autoclosure () -> Any = ()
) = #externalMacro(module: "Macros", type: "MarkerMacro")

/// Says more about a column whose name follows from the property's.
@attached(peer)
public macro Column(
    _ options: ColumnOption..., default: ColumnDefault? = nil, onInsert: @autoclosure () -> Any = (), onUpdate: @autoclosure () -> Any = ()
) = #externalMacro(module: "Macros", type: "MarkerMacro")

/// A foreign key to the column of another table, or of the same one, which must have the same type.
@attached(peer)
public macro References<Other: Table, Value>(
    _ column: KeyPath<Other, Value>, onDelete: ReferentialAction = .noAction, onUpdate: ReferentialAction = .noAction, name: String? = nil,
    deferral: Deferral = .notDeferrable
) = #externalMacro(module: "Macros", type: "MarkerMacro")
