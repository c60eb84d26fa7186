import SwiftDiagnostics
public import SwiftSyntax
public import SwiftSyntaxMacros

/// `@Schema`.
public struct SchemaMacro: ExtensionMacro {
    public static var formatMode: FormatMode { .disabled }

    public static func expansion(
        of node: AttributeSyntax, attachedTo declaration: some DeclGroupSyntax, providingExtensionsOf type: some TypeSyntaxProtocol,
        conformingTo protocols: [TypeSyntax], in context: some MacroExpansionContext
    ) throws -> [ExtensionDeclSyntax] {
        var hasErrors = false
        func report(_ message: String, _ node: any SyntaxProtocol) {
            hasErrors = true
            context.diagnose(Diagnostic(node: node, message: SchemaDiagnostic(message: message)))
        }
        let target = SchemaTarget(node, declaration, type: type.trimmedDescription)
        let expansion: (protocols: String, members: String)?
        if let structure = declaration.as(StructDeclSyntax.self) {
            if let generics = structure.genericParameterClause { report("@Schema applies to a type without generic parameters", generics) }
            if let discriminator = node.argument("discriminator") {
                report("a discriminator belongs to an enum with payloads", discriminator)
            }
            expansion = StructExpansion(structure, target, unknown: node.argument("unknown"), report: report)?.expanded
        } else if let enumeration = declaration.as(EnumDeclSyntax.self) {
            if let generics = enumeration.genericParameterClause {
                report("@Schema applies to a type without generic parameters", generics)
            }
            expansion = EnumExpansion(enumeration, target, discriminator: node.argument("discriminator"), report: report)?.expanded
        } else {
            report("@Schema applies to a struct or an enum", node)
            return []
        }
        guard let expansion, !hasErrors else { return [] }
        return [.unparsed(of: target.type, conformingTo: expansion.protocols, members: expansion.members)]
    }
}

/// What structs and enums have in common.
struct SchemaTarget {
    let type: String
    /// `public `, or nothing.
    let access: String
    /// The name in documents, as a literal of Swift.
    let name: String
    /// The documentation comment as a literal of Swift, or `nil`.
    let description: String
    let naming: ColumnNaming

    init(_ node: AttributeSyntax, _ declaration: some DeclGroupSyntax, type: String) {
        self.type = type
        let visible = declaration.modifiers.first { [.keyword(.public), .keyword(.package)].contains($0.name.tokenKind) }
        access = visible.map { $0.name.text + " " } ?? ""
        name = node.argument("name")?.trimmedDescription ?? "\"\(type.split(separator: ".").last ?? "")\""
        description = declaration.leadingTrivia.documentation.map { String(reflecting: $0) } ?? "nil"
        let naming = node.argument("naming")?.as(MemberAccessExprSyntax.self)?.declName.baseName.text
        self.naming = naming.flatMap { ColumnNaming(rawValue: $0) } ?? .camelCase
    }

    func jsonName(of property: String) -> String { naming.column(for: property) }
}

/// A complaint about what `@Schema` was attached to.
struct SchemaDiagnostic: DiagnosticMessage {
    let message: String

    var diagnosticID: MessageID { MessageID(domain: "TypedAPI", id: "declaration") }
    var severity: DiagnosticSeverity { .error }
}

extension Trivia {
    /// The text of a `///` comment.
    var documentation: String? {
        let lines = compactMap { piece -> String? in
            guard case .docLineComment(let text) = piece else { return nil }
            return String(text.dropFirst(3).drop { $0 == " " })
        }
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }
}

extension String {
    /// A literal of Swift.
    var literal: String { String(reflecting: self) }

    /// Whether it is the same in JSON, between quotes: the reader compares bytes.
    var isPlainInJSON: Bool { !isEmpty && !unicodeScalars.contains { $0.value < 0x20 || $0 == "\"" || $0 == "\\" } }

    var withoutBackticks: String { filter { $0 != "`" } }
}

extension StringLiteralExprSyntax {
    /// What it says, if that takes neither an escape nor an interpolation.
    var plainText: String? {
        guard segments.count == 1, let segment = segments.first?.as(StringSegmentSyntax.self), !segment.content.text.contains("\\") else {
            return nil
        }
        return segment.content.text
    }
}
