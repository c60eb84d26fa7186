import SwiftSyntax

/// A stored property that is a member of a JSON object, with what `@Field` says of it.
struct SchemaField {
    /// As written in source, with backticks where it has them.
    let property: String
    var jsonName: String
    /// Source of the type, without `?` or `Patch<>`.
    let wrapped: String
    let isOptional: Bool
    let isPatch: Bool
    let initialValue: String?
    let description: String?
    /// Source of the rules that have a check or a keyword.
    var rules: [String] = []
    /// The other ones.
    var marks: Set<String> = []

    private static let presence: Set<String> = ["required", "notNull", "omitNil"]

    var type: String { isPatch ? "TypedAPI.Patch<\(wrapped)>" : isOptional ? wrapped + "?" : wrapped }
    var bare: String { property.withoutBackticks }
    var keepsUnknown: Bool { marks.contains("unknownMembers") }
    var isRequired: Bool { !keepsUnknown && (isOptional ? marks.contains("required") : !isPatch && initialValue == nil) }
    /// What is never null is left out rather than written as null.
    var isOmittable: Bool { isPatch || marks.contains("omitNil") || marks.contains("notNull") }

    /// As ``ObjectSchema`` names it.
    var presenceName: String {
        if isPatch { return ".optionalOrNull" }
        if isOptional { return isRequired ? ".nullable" : marks.contains("notNull") ? ".optional" : ".optionalOrNull" }
        return isRequired ? ".required" : ".optional"
    }

    init?(_ variable: VariableDeclSyntax, target: SchemaTarget, report: (String, any SyntaxProtocol) -> Void) {
        guard variable.bindings.count == 1, let binding = variable.bindings.first,
            let pattern = binding.pattern.as(IdentifierPatternSyntax.self)
        else {
            report("one field a line: each needs a type of its own", variable)
            return nil
        }
        property = pattern.identifier.text
        let bare = property.withoutBackticks
        guard let type = binding.typeAnnotation?.type else {
            report("'\(bare)' needs its type written out, since a macro cannot see what is inferred", binding)
            return nil
        }
        if variable.modifiers.contains(where: { $0.name.tokenKind == .keyword(.lazy) }) {
            report("'\(bare)' is lazy, which a field cannot be", variable)
            return nil
        }
        initialValue = binding.initializer?.value.trimmedDescription
        if variable.bindingSpecifier.tokenKind == .keyword(.let), initialValue != nil {
            report("'\(bare)' would have this value whatever the JSON says: make it a var for a default", binding)
            return nil
        }
        if type.is(ImplicitlyUnwrappedOptionalTypeSyntax.self) {
            report("'\(bare)' must say with ? whether it can be absent, not with !", type)
            return nil
        }
        if let optional = type.as(OptionalTypeSyntax.self) {
            (wrapped, isOptional, isPatch) = (optional.wrappedType.trimmedDescription, true, false)
        } else if let identifier = type.as(IdentifierTypeSyntax.self), let arguments = identifier.genericArgumentClause?.arguments,
            let first = arguments.first, arguments.count == 1, ["Optional", "Patch"].contains(identifier.name.text)
        {
            let isPatch = identifier.name.text == "Patch"
            (wrapped, isOptional, self.isPatch) = (first.argument.trimmedDescription, !isPatch, isPatch)
        } else {
            (wrapped, isOptional, isPatch) = (type.trimmedDescription, false, false)
        }
        jsonName = target.jsonName(of: bare)
        description = variable.leadingTrivia.documentation
        let kind = FieldKind(wrapped)
        for case .attribute(let attribute) in variable.attributes where attribute.isField {
            guard case .argumentList(let arguments) = attribute.arguments else { continue }
            for (index, argument) in arguments.enumerated() {
                if index == 0, let name = argument.expression.as(StringLiteralExprSyntax.self) {
                    jsonName = name.plainText ?? ""
                    if !jsonName.isPlainInJSON { report("a name is plain text without quotes and backslashes", name) }
                    continue
                }
                read(argument.expression, kind, report: report)
            }
        }
    }

    private mutating func read(_ rule: ExprSyntax, _ kind: FieldKind?, report: (String, any SyntaxProtocol) -> Void) {
        guard let name = rule.ruleName else {
            report("a rule is written with its dot, such as .length(1...200)", rule)
            return
        }
        if name == "unknownMembers" || Self.presence.contains(name) {
            if Self.presence.contains(name), !isOptional { report(".\(name) is for optional fields, and '\(bare)' is \(type)", rule) }
            marks.insert(name)
            if isOptional, marks.isSuperset(of: ["required", "notNull"]) {
                report("a field that is required and never null is not optional: drop the ?", rule)
            }
            return
        }
        if let kind, let complaint = kind.complaint(about: name) { report("\(complaint), and '\(bare)' is \(wrapped)", rule) }
        rules.append(rule.ruleSource)
    }
}

/// What a type is as far as rules are concerned, where its spelling tells.
enum FieldKind {
    case text, number, moment, truth, list, map

    init?(_ type: String) {
        switch type {
        case "String": self = .text
        case "Int", "Int8", "Int16", "Int32", "Int64", "UInt", "UInt8", "UInt16", "UInt32", "UInt64", "Double", "Decimal": self = .number
        case "Timestamp", "Duration", "Date": self = .moment
        case "Bool": self = .truth
        case _ where type.hasPrefix("["): self = Self.isMap(type) ? .map : .list
        default: return nil
        }
    }

    private static func isMap(_ type: String) -> Bool {
        var depth = 0
        for character in type {
            switch character {
            case "[", "<", "(": depth += 1
            case "]", ">", ")": depth -= 1
            case ":" where depth == 1: return true
            default: break
            }
        }
        return false
    }

    /// nil when the rule can be one of such a field.
    func complaint(about rule: String) -> String? {
        switch rule {
        case "length", "pattern", "format", "startsWith", "endsWith", "contains", "trimmed", "lowercased", "uppercased":
            if self == .text { return nil }
            return rule == "length" && (self == .list || self == .map)
                ? ".length counts the characters of text (.count counts elements)" : ".\(rule) is a rule of text"
        case "range", "greater", "less":
            return self == .number || self == .moment ? nil : ".\(rule) is a rule of numbers, times and durations"
        case "multiple": return self == .number ? nil : ".multiple is a rule of numbers"
        case "unique": return self == .list ? nil : ".unique is a rule of lists"
        case "keys": return self == .map ? nil : ".keys is a rule of maps"
        case "count", "each":
            if self == .list || self == .map { return nil }
            return rule == "count" && self == .text
                ? ".count counts the elements of lists and maps (.length counts characters)" : ".\(rule) is a rule of lists and maps"
        default: return nil
        }
    }
}

extension AttributeSyntax {
    var isField: Bool { attributeName.trimmedDescription.split(separator: ".").last == "Field" }
}

extension ExprSyntax {
    /// `length` of `.length(1...200)`, `trimmed` of `.trimmed`.
    var ruleName: String? {
        let called = self.as(FunctionCallExprSyntax.self)?.calledExpression ?? self
        guard let member = called.as(MemberAccessExprSyntax.self), member.base == nil else { return nil }
        return member.declName.baseName.text
    }

    /// As the typed rule is called. A generic property cannot be: `.unique` is a function there.
    var ruleSource: String {
        if ruleName == "unique" { return ".unique()" }
        guard ruleName == "each" || ruleName == "keys", let call = self.as(FunctionCallExprSyntax.self) else { return trimmedDescription }
        return ".\(ruleName ?? "")(\(call.arguments.map(\.expression.ruleSource).joined(separator: ", ")))"
    }
}
