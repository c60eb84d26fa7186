/// Makes a struct or an enum a ``SchemaValue``: read from JSON with every problem collected, written as JSON, described by JSON Schema.
///
///     @Schema
///     struct CreateRun {
///         /// What people call it.
///         @Field(.trimmed, .length(1...200)) var name: String
///         var projectID: ProjectID                     // "projectId" in JSON
///         @Field(.range(0...10)) var priority: Int = 5  // may be left out
///         var callback: String?                        // may be left out, or null
///     }
///
///     @Schema enum Environment: String { case development, production }
///
///     @Schema(discriminator: "type")
///     enum Trigger { case manual(Manual), cron(Cron) }
///
/// - Parameters:
///   - name: In documents; the type's own if left out.
///   - unknown: What happens to members nobody declared; the dialect decides if left out.
///   - naming: How names in JSON follow from those of properties, and the tags of a union from those of its cases.
///   - discriminator: The member that tells the case of a union. Without one, an enum with payloads is read as the first that fits.
@attached(
    extension, conformances: SchemaValue, SchemaObject,
    names: named(read), named(write), named(writeMembers), named(schema), named(members), named(fieldName), named(SchemaDraft),
    named(SchemaRules), named(schemaFields), named(schemaCases), named(readSchemaField), named(init))
public macro Schema(
    name: String? = nil, unknown: UnknownFields? = nil, naming: FieldNaming = .camelCase, discriminator: String? = nil
) = #externalMacro(module: "Macros", type: "SchemaMacro")

/// Says more about a field, or the name of a case.
///
/// - Parameters:
///   - name: In JSON, where it does not follow from the property's.
///   - rules: In the order they are to be applied.
@attached(peer)
public macro Field(_ name: String, _ rules: FieldRule...) = #externalMacro(module: "Macros", type: "MarkerMacro")

/// Says more about a field whose name follows from the property's.
@attached(peer)
public macro Field(_ rules: FieldRule...) = #externalMacro(module: "Macros", type: "MarkerMacro")

/// How a name in JSON follows from that of a property.
public enum FieldNaming: Sendable {
    /// `projectID` is `projectId`.
    case camelCase
    /// `projectID` is `project_id`.
    case snakeCase
    /// `projectID` is `projectID`.
    case asWritten
}
