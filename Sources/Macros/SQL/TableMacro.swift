public import SwiftSyntax
public import SwiftSyntaxMacros

/// `@Table`.
public struct TableMacro: ExtensionMacro {
    public static var formatMode: FormatMode { .disabled }

    public static func expansion(
        of node: AttributeSyntax, attachedTo declaration: some DeclGroupSyntax, providingExtensionsOf type: some TypeSyntaxProtocol,
        conformingTo protocols: [TypeSyntax], in context: some MacroExpansionContext
    ) throws -> [ExtensionDeclSyntax] {
        guard let row = RowExpansion(of: node, attachedTo: declaration, type: type, naming: node.columnNaming, in: context) else {
            return []
        }
        let typeName = row.type.split(separator: ".").last.map(String.init) ?? row.type
        let name = node.argument(nil)?.trimmedDescription ?? "\"\(ColumnNaming.snakeCase.column(for: typeName))\""
        let schema = node.argument("schema").map { ", schema: \($0.trimmedDescription)" } ?? ""
        let members =
            "\(row.access)static let tableName = TypedSQL.TableName(\(name)\(schema))\n" + columns(row) + draft(row) + row.decoder
            + updateDefaults(row) + self.schema(row, node)
        return [row.makeExtension(conformingTo: "TypedSQL.Table", members: members)]
    }

    private static func columns(_ row: RowExpansion) -> String {
        let access = row.access
        let columns = row.properties.map {
            "\(access)var \($0.name): TypedSQL.Expr<\($0.type)> { .init(tableReference, \($0.column)) }\n"
        }.joined()
        return """
            \(access)struct Columns: TypedSQL.TableColumns {
            \(access)typealias Output = \(row.type)
            \(access)typealias OuterJoined = TypedSQL.OptionalColumns<Columns>
            \(access)let tableReference: TypedSQL.SourceReference
            \(access)init(_ reference: TypedSQL.SourceReference) { tableReference = reference }
            \(columns)\(row.statics(alias: "tableName.name"))}

            """
    }

    private static func draft(_ row: RowExpansion) -> String {
        let access = row.access
        let fields = row.properties.filter { !$0.isComputed }.map { ($0, DraftField($0)) }
        let properties = fields.map { "\(access)var \($0.name): \($1.type)\($1.initialValue.map { " = \($0)" } ?? "")\n" }.joined()
        let writes = fields.map { "writer.write(\($0.column), \($1.label)self.\($0.name))\n" }.joined()
        var initializer = ""
        if !access.isEmpty {
            let parameters = fields.map { "\($0.name): \($1.type)\($1.defaultClause)" }
            let assignments = fields.map { "self.\($0.0.name) = \($0.0.name)\n" }.joined()
            initializer = "\(access)init(\(parameters.joined(separator: ", "))) {\n\(assignments)}\n"
        }
        return """
            \(access)struct Draft: TypedSQL.RowDraft {
            \(properties)\(initializer)\(access)func write(to writer: inout TypedSQL.DraftWriter) {
            \(writes)}
            }

            """
    }

    private static func updateDefaults(_ row: RowExpansion) -> String {
        let values = row.properties.compactMap { property in
            property.onUpdate.map { "table.\(property.name).set(each: { \($0) })" }
        }
        guard !values.isEmpty else { return "" }
        return
            "\(row.access)static func updateDefaults(_ table: Columns) -> [TypedSQL.Assignment] { [\(values.joined(separator: ", "))] }\n"
    }

    private static func schema(_ row: RowExpansion, _ node: AttributeSyntax) -> String {
        let labels: [String] = ["renamedFrom", "comment"]
        let arguments = labels.compactMap { label in node.argument(label).map { "\(label): \($0.trimmedDescription)" } }
        let columns = row.properties.map { property in
            let options = property.options.map { ", \($0)" }.joined()
            let value = property.defaultValue.map { ", default: \($0)" } ?? ""
            return "builder.column(\(property.column), \(property.type).self\(options)\(value))\n"
        }.joined()
        let references = row.properties.compactMap { property in
            property.reference.map {
                "builder.reference(\(property.column), \(property.type).self, \($0.table).self, { $0.\($0.property) }\($0.arguments))\n"
            }
        }.joined()
        return """
            \(row.access)static var schema: TypedSQL.TableSchema {
            var builder = TypedSQL.SchemaBuilder<\(row.type)>(\(arguments.joined(separator: ", ")))
            \(columns)\(references)return builder.finish()
            }

            """
    }
}

/// How a column looks in the insert draft.
private struct DraftField {
    var type: String
    var initialValue: String?
    /// What an optional property starts with without saying so.
    var impliedValue: String?
    /// Of the writer's method: what nil means.
    var label: String

    init(_ property: ColumnProperty) {
        let label = property.isOptional ? "orNull: " : ""
        if let value = property.swiftDefault {
            self.init(type: property.type, initialValue: value, label: label)
        } else if property.defaultValue != nil || property.isNumbered {
            if property.isOptional {
                self.init(type: "TypedSQL.InsertValue<\(property.wrappedType)>", initialValue: ".default", label: "")
            } else {
                self.init(type: property.wrappedType + "?", impliedValue: "nil", label: "orDefault: ")
            }
        } else {
            self.init(type: property.type, impliedValue: property.isOptional ? "nil" : nil, label: label)
        }
    }

    /// Of an initializer's parameter.
    var defaultClause: String { (initialValue ?? impliedValue).map { " = " + $0 } ?? "" }

    private init(type: String, initialValue: String? = nil, impliedValue: String? = nil, label: String) {
        self.type = type
        self.initialValue = initialValue
        self.impliedValue = impliedValue
        self.label = label
    }
}
