import SwiftSyntax

/// A stored property that is a column, with what its attributes say.
struct ColumnProperty {
    /// A foreign key as `@References` says it.
    struct Reference {
        var table: String
        var property: String
        /// Source of the other arguments.
        var arguments: String
    }

    /// As written in source, with backticks where it has them.
    var name: String
    /// The column's name as a string literal of Swift.
    var column: String
    /// Source of the type, without `?`.
    var wrappedType: String
    var isOptional: Bool
    var isConstant: Bool
    var initialValue: String?
    var options: [String] = []
    var defaultValue: String?
    var onInsert: String?
    var onUpdate: String?
    var reference: Reference?

    var type: String { isOptional ? wrappedType + "?" : wrappedType }

    /// Whether the database alone gives its value.
    var isComputed: Bool {
        options.contains { $0.hasPrefix(".generated(") || $0.hasPrefix(".identity(") && $0.contains(".always") }
    }

    var isNumbered: Bool { options.contains { $0.hasPrefix(".identity(") } }

    /// What a draft says where its maker says nothing.
    var swiftDefault: String? { onInsert ?? initialValue }
}

extension ColumnProperty {
    /// The columns among the members of a struct; what cannot be one is reported to `report`.
    static func all(
        in declaration: StructDeclSyntax, naming: ColumnNaming, report: (String, any SyntaxProtocol) -> Void
    ) -> [ColumnProperty] {
        var properties: [ColumnProperty] = []
        var names: Set<String> = []
        for member in declaration.memberBlock.members {
            guard let variable = member.decl.as(VariableDeclSyntax.self), variable.isStored, !variable.isStatic else { continue }
            guard variable.bindings.count == 1, let binding = variable.bindings.first else {
                report("one column a line: each needs a type of its own", variable)
                continue
            }
            guard let property = ColumnProperty(variable, binding, naming: naming, report: report) else { continue }
            guard names.insert(property.column).inserted else {
                report("two properties have the column name \(property.column)", binding)
                continue
            }
            properties.append(property)
        }
        return properties
    }

    private init?(
        _ variable: VariableDeclSyntax, _ binding: PatternBindingSyntax, naming: ColumnNaming,
        report: (String, any SyntaxProtocol) -> Void
    ) {
        guard let pattern = binding.pattern.as(IdentifierPatternSyntax.self) else {
            report("a column is one property with a name", binding)
            return nil
        }
        let name = pattern.identifier.text
        let bare = name.replacingBackticks
        guard bare != "tableReference" else {
            report("'tableReference' is taken by the table's columns: call the property otherwise, and name the column in @Column", binding)
            return nil
        }
        guard let type = binding.typeAnnotation?.type else {
            report("'\(bare)' needs its type written out, since a macro cannot see what is inferred", binding)
            return nil
        }
        let isConstant = variable.bindingSpecifier.tokenKind == .keyword(.let)
        let initialValue = binding.initializer?.value.trimmedDescription
        if isConstant, initialValue != nil {
            report("'\(bare)' would have this value in every row: make it a var, or say onInsert: in @Column", binding)
            return nil
        }
        if variable.modifiers.contains(where: { $0.name.tokenKind == .keyword(.lazy) }) {
            report("'\(bare)' is lazy, which a column cannot be", variable)
            return nil
        }
        self.name = name
        self.column = "\"\(naming.column(for: bare))\""
        self.isConstant = isConstant
        self.initialValue = initialValue
        if let optional = type.as(OptionalTypeSyntax.self) {
            wrappedType = optional.wrappedType.trimmedDescription
            isOptional = true
        } else if let identifier = type.as(IdentifierTypeSyntax.self), identifier.name.text == "Optional",
            let argument = identifier.genericArgumentClause?.arguments.first
        {
            wrappedType = argument.argument.trimmedDescription
            isOptional = true
        } else if let member = type.as(MemberTypeSyntax.self), member.trimmedDescription.hasPrefix("Swift.Optional<"),
            let argument = member.genericArgumentClause?.arguments.first
        {
            wrappedType = argument.argument.trimmedDescription
            isOptional = true
        } else if type.is(ImplicitlyUnwrappedOptionalTypeSyntax.self) {
            report("'\(bare)' must say with ? whether it can be NULL, not with !", type)
            return nil
        } else {
            wrappedType = type.trimmedDescription
            isOptional = false
        }
        for case .attribute(let attribute) in variable.attributes {
            switch attribute.attributeName.trimmedDescription.split(separator: ".").last {
            case "Column": readColumn(attribute, report: report)
            case "References": readReference(attribute, report: report)
            default: break
            }
        }
        if isComputed, swiftDefault != nil || defaultValue != nil {
            report("'\(bare)' is computed by the database, so it has no default", binding)
        }
        if isNumbered, isOptional { report("'\(bare)' is an identity column, which is never NULL: drop the ?", type) }
    }

    private mutating func readColumn(_ attribute: AttributeSyntax, report: (String, any SyntaxProtocol) -> Void) {
        guard case .argumentList(let arguments) = attribute.arguments else { return }
        for (index, argument) in arguments.enumerated() {
            let source = argument.expression.trimmedDescription
            switch argument.label?.text {
            case "default": defaultValue = source
            case "onInsert": onInsert = source
            case "onUpdate": onUpdate = source
            case nil where index == 0 && argument.expression.is(StringLiteralExprSyntax.self):
                if source.contains("\\(") { report("the column's name must be plain text", argument.expression) }
                column = source
            default: options.append(source)
            }
        }
    }

    private mutating func readReference(_ attribute: AttributeSyntax, report: (String, any SyntaxProtocol) -> Void) {
        guard case .argumentList(let arguments) = attribute.arguments, let first = arguments.first else { return }
        guard let path = first.expression.as(KeyPathExprSyntax.self), let table = path.root?.trimmedDescription,
            path.components.count == 1, let property = path.components.first?.component.as(KeyPathPropertyComponentSyntax.self)
        else {
            report("@References takes a key path with its table: \\Other.id", first.expression)
            return
        }
        let others = arguments.dropFirst().map { ", " + $0.with(\.trailingComma, nil).trimmedDescription }.joined()
        reference = Reference(table: table, property: property.declName.trimmedDescription, arguments: others)
    }
}

extension String {
    fileprivate var replacingBackticks: String { filter { $0 != "`" } }
}
