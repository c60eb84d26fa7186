import SwiftDiagnostics
import SwiftSyntax
import SwiftSyntaxMacros

/// What `@Table` and `@Row` have in common.
struct RowExpansion {
    let type: String
    let properties: [ColumnProperty]
    /// `public `, or nothing.
    let access: String

    /// Nil when something was reported.
    init?(
        of node: AttributeSyntax, attachedTo declaration: some DeclGroupSyntax, type: some TypeSyntaxProtocol, naming: ColumnNaming,
        in context: some MacroExpansionContext
    ) {
        let name = node.attributeName.trimmedDescription
        var hasErrors = false
        func report(_ message: String, _ node: any SyntaxProtocol) {
            hasErrors = true
            context.diagnose(Diagnostic(node: node, message: SQLDiagnostic(message)))
        }
        guard let structure = declaration.as(StructDeclSyntax.self) else {
            report("@\(name) applies to a struct", node)
            return nil
        }
        if let generics = structure.genericParameterClause { report("@\(name) applies to a struct without generic parameters", generics) }
        properties = ColumnProperty.all(in: structure, naming: naming, report: report)
        if properties.isEmpty, !hasErrors { report("@\(name) needs at least one stored property", structure.name) }
        guard !hasErrors else { return nil }
        self.type = type.trimmedDescription
        let visible = structure.modifiers.first {
            [.keyword(.public), .keyword(.package)].contains($0.name.tokenKind)
        }
        access = visible.map { $0.name.text + " " } ?? ""
    }

    var decoder: String {
        let lines = properties.map { "self.\($0.name) = try row.next()\n" }.joined()
        return "\(access)init(row: inout TypedSQL.RowReader) throws(TypedSQL.RowReader.Failure) {\n\(lines)}\n"
    }

    /// The statics of `Columns`.
    /// - Parameter alias: Source of what the columns' source is called; nil for nothing of its own.
    func statics(alias: String?) -> String {
        let presence = properties.firstIndex { !$0.isOptional }.map(String.init) ?? "nil"
        let names = properties.map(\.column).joined(separator: ", ")
        return """
            \(access)static let selectList = TypedSQL.SelectList([\(names)]\(alias.map { ", of: \($0)" } ?? ""))
            \(access)static var presence: Int? { \(presence) }
            \(access)static func decodeAll(_ rows: TypedSQL.RowReader.Rows) throws(TypedSQL.RowReader.Failure) -> [\(type)] {
            try TypedSQL.RowReader.all(rows, as: \(type).self)
            }

            """
    }

    func makeExtension(conformingTo protocols: String, members: String) -> ExtensionDeclSyntax {
        .unparsed(of: type, conformingTo: protocols, members: members)
    }
}

/// A complaint about what a macro was attached to.
struct SQLDiagnostic: DiagnosticMessage {
    let message: String

    init(_ message: String) { self.message = message }

    var diagnosticID: MessageID { MessageID(domain: "TypedSQL", id: "declaration") }
    var severity: DiagnosticSeverity { .error }
}

extension AttributeSyntax {
    /// The argument of that label, nil for the first one without.
    func argument(_ label: String?) -> ExprSyntax? {
        guard case .argumentList(let arguments) = arguments else { return nil }
        return arguments.first { $0.label?.text == label }?.expression
    }

    var columnNaming: ColumnNaming {
        argument("naming")?.as(MemberAccessExprSyntax.self).flatMap { ColumnNaming(rawValue: $0.declName.baseName.text) } ?? .snakeCase
    }
}
