public import SwiftSyntax
public import SwiftSyntaxMacros

/// `@Row`.
public struct RowMacro: ExtensionMacro {
    public static var formatMode: FormatMode { .disabled }

    public static func expansion(
        of node: AttributeSyntax, attachedTo declaration: some DeclGroupSyntax, providingExtensionsOf type: some TypeSyntaxProtocol,
        conformingTo protocols: [TypeSyntax], in context: some MacroExpansionContext
    ) throws -> [ExtensionDeclSyntax] {
        guard let row = RowExpansion(of: node, attachedTo: declaration, type: type, naming: node.columnNaming, in: context) else {
            return []
        }
        let access = row.access
        let writes = row.properties.map { "writer.write(\($0.column), \($0.isOptional ? "orNull: " : "")self.\($0.name))\n" }.joined()
        let members = columns(row) + row.decoder + "\(access)func write(to writer: inout TypedSQL.DraftWriter) {\n\(writes)}\n"
        return [row.makeExtension(conformingTo: "TypedSQL.Row, TypedSQL.RowDraft", members: members)]
    }

    private static func columns(_ row: RowExpansion) -> String {
        let access = row.access
        func lines(_ line: (ColumnProperty) -> String) -> String { row.properties.map { line($0) + "\n" }.joined() }
        let parameters = row.properties.map { "\($0.name): TypedSQL.Expr<\($0.type)>" }.joined(separator: ", ")
        return """
            \(access)struct Columns: TypedSQL.RowColumns {
            \(access)typealias Output = \(row.type)
            \(access)typealias OuterJoined = TypedSQL.OptionalColumns<Columns>
            \(lines { "\(access)let \($0.name): TypedSQL.Expr<\($0.type)>" })\(access)init(\(parameters)) {
            \(lines { "self.\($0.name) = \($0.name)" })}
            \(access)init(columnsOf source: TypedSQL.SourceReference, named name: String) {
            let source = source.prefixed(name)
            \(lines { "self.\($0.name) = .init(source, \($0.column))" })}
            \(access)func append(to list: inout TypedSQL.ProjectionList) {
            \(lines { "list.append(self.\($0.name))" })}
            \(row.statics(alias: nil))}

            """
    }
}
