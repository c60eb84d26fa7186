import SwiftSyntax

/// What `@Schema` writes for a struct.
struct StructExpansion {
    private let target: SchemaTarget
    private let fields: [SchemaField]
    /// Source of an `UnknownFields`, or `nil`.
    private let unknown: String

    /// Places of a table of fields fit into the bits of one word.
    private static let maximumFields = 64

    init?(
        _ structure: StructDeclSyntax, _ target: SchemaTarget, unknown: ExprSyntax?, report: (String, any SyntaxProtocol) -> Void
    ) {
        self.target = target
        var fields: [SchemaField] = []
        var isComplete = true
        for member in structure.memberBlock.members {
            guard let variable = member.decl.as(VariableDeclSyntax.self), variable.isStored, !variable.isStatic else { continue }
            guard let field = SchemaField(variable, target: target, report: report) else {
                isComplete = false
                continue
            }
            if fields.contains(where: { $0.jsonName == field.jsonName }) {
                report("two fields have the name \"\(field.jsonName)\" in JSON", variable.bindings)
            }
            if field.keepsUnknown, fields.contains(where: \.keepsUnknown) { report("one field keeps the unknown members", variable) }
            fields.append(field)
        }
        guard isComplete else { return nil }
        if fields.count > Self.maximumFields {
            report("@Schema takes up to \(Self.maximumFields) fields; put some into a struct", structure.name)
        }
        let keeps = fields.contains(where: \.keepsUnknown)
        let policy = unknown?.as(MemberAccessExprSyntax.self)?.declName.baseName.text
        if let unknown, policy == "keep", !keeps { report("no field has .unknownMembers to keep them in", unknown) }
        if let unknown, keeps, policy != "keep" { report("a field has .unknownMembers, which keeps them", unknown) }
        self.unknown = keeps ? ".keep" : unknown?.trimmedDescription ?? "nil"
        self.fields = fields
    }

    var expanded: (protocols: String, members: String) {
        ("TypedAPI.SchemaValue, TypedAPI.SchemaObject", draft + rules + reading + construction + writing + description + names)
    }

    /// Those with a name of their own in the JSON.
    private var named: [SchemaField] { fields.filter { !$0.keepsUnknown } }

    private var draft: String {
        let lines = fields.map { field in
            field.keepsUnknown ? "var \(field.property): \(field.wrapped) = [:]\n" : "var \(field.property): \(optional(field))\n"
        }
        return "private struct SchemaDraft {\n\(lines.joined())}\n"
    }

    /// Nil is a member that was not there, beside what the type itself says with nil.
    private func optional(_ field: SchemaField) -> String {
        needsParentheses(field.wrapped) ? "(\(field.type))?" : field.type + "?"
    }

    private func needsParentheses(_ type: String) -> Bool { type.hasPrefix("any ") || type.hasPrefix("some ") || type.contains("->") }

    private var rules: String {
        let table = named.map { $0.jsonName.literal }.joined(separator: ", ")
        let required = named.enumerated().reduce(UInt64(0)) { $1.element.isRequired ? $0 | 1 << UInt64($1.offset) : $0 }
        let lists = named.filter { !$0.rules.isEmpty }.map {
            "static let \($0.property) = TypedAPI.Rules<\($0.wrapped)>(\($0.rules.joined(separator: ", ")))\n"
        }
        return "private static let schemaFields = TypedAPI.FieldTable([\(table)], required: \(required))\n"
            + (lists.isEmpty ? "" : "private enum SchemaRules {\n\(lists.joined())}\n")
    }

    private var reading: String {
        let cases = named.enumerated().map { "case \($0): draft.\($1.property) = try \(call($1))\n" }.joined()
        let rest = fields.first(where: \.keepsUnknown).map { "try reader.keep(in: &draft.\($0.property))" } ?? "break"
        return """
            private static func readSchemaField(_ index: Int, _ draft: inout SchemaDraft, _ reader: inout TypedAPI.SchemaReader) \
            throws(TypedAPI.JSONError) {
            switch index {
            \(cases)default: \(rest)
            }
            }
            \(target.access)static func read(from reader: inout TypedAPI.SchemaReader) throws(TypedAPI.JSONError) -> \(target.type)? {
            \(fields.isEmpty ? "let" : "var") draft = SchemaDraft()
            guard try reader.object(schemaFields, unknown: \(unknown), { (index, reader) throws(TypedAPI.JSONError) in
            \(fields.isEmpty ? "" : "try readSchemaField(index, &draft, &reader)\n")}) else { return nil }
            return reader.validated(\(target.type)(schemaDraft: draft))
            }

            """
    }

    private func call(_ field: SchemaField) -> String {
        let rules = field.rules.isEmpty ? "" : "SchemaRules.\(field.property)"
        if field.isPatch { return field.rules.isEmpty ? "reader.value()" : "reader.patch(\(rules))" }
        guard field.isOptional else { return "reader.value(\(rules))" }
        return field.marks.contains("notNull") ? "reader.notNull(\(rules))" : "reader.optional(\(rules))"
    }

    private var construction: String {
        let required = fields.filter { $0.isRequired && !$0.isOptional }
        let guards = required.map { "let \($0.property) = draft.\($0.property)" }.joined(separator: ", ")
        let lines = fields.map { field in
            if field.isRequired, !field.isOptional { return "self.\(field.property) = \(field.property)\n" }
            if field.keepsUnknown { return "self.\(field.property) = draft.\(field.property)\n" }
            let fallback = field.initialValue ?? (field.isPatch ? ".absent" : "nil")
            return "self.\(field.property) = draft.\(field.property) ?? \(fallback)\n"
        }
        return """
            private init?(schemaDraft draft: SchemaDraft) {
            \(guards.isEmpty ? "" : "guard \(guards) else { return nil }\n")\(lines.joined())}

            """
    }

    private var writing: String {
        var isBehindOthers = false
        var lines = ""
        for field in fields {
            if field.keepsUnknown {
                lines += "self.\(field.property).writeMembers(to: &writer)\n"
                continue
            }
            let key = "\"\(field.jsonName)\":"
            let separator = isBehindOthers ? "" : "writer.separate()\n"
            let name = "writer.write(raw: \((isBehindOthers ? "," + key : key).literal))\n"
            let value = "self.\(field.property)"
            if field.isPatch {
                lines += "if \(value).isPresent {\n\(separator)\(name)\(value).write(to: &writer)\n}\n"
            } else if field.isOmittable {
                lines += "if let value = \(value) {\n\(separator)\(name)value.write(to: &writer)\n}\n"
            } else {
                lines += "\(separator)\(name)\(value).write(to: &writer)\n"
                isBehindOthers = true
            }
        }
        return "\(target.access)func writeMembers(to writer: inout TypedAPI.JSONWriter) {\n\(lines)}\n"
    }

    private var description: String {
        let lines = named.map { field in
            let rules = field.rules.isEmpty ? "" : ", SchemaRules.\(field.property)"
            let hasDefault = !field.isPatch && !(field.isOptional && field.initialValue == "nil")
            let value = hasDefault ? field.initialValue.map { ", default: \($0)" } ?? "" : ""
            let text = field.description.map { ", description: \($0.literal)" } ?? ""
            return
                "object.add(\(field.jsonName.literal), \(metatype(field.wrapped))\(rules), presence: \(field.presenceName)\(field.isOmittable ? ", isOmitted: true" : "")\(value)\(text), in: &catalog)\n"
        }
        return """
            \(target.access)static func members(in catalog: inout TypedAPI.SchemaCatalog) -> TypedAPI.ObjectSchema {
            \(named.isEmpty ? "let" : "var") object = TypedAPI.ObjectSchema(unknown: \(unknown), description: \(target.description))
            \(lines.joined())\(unknownMembers)return object
            }
            \(target.access)static func schema(in catalog: inout TypedAPI.SchemaCatalog) -> TypedAPI.JSONObject {
            catalog.define(\(target.name), \(target.type).self) { members(in: &$0).schema(in: $0) }
            }

            """
    }

    private var unknownMembers: String {
        fields.first(where: \.keepsUnknown).map { "object.addUnknown(\(metatype($0.wrapped)), in: &catalog)\n" } ?? ""
    }

    private func metatype(_ type: String) -> String { type.contains(" ") && !type.hasPrefix("[") ? "(\(type)).self" : "\(type).self" }

    private var names: String {
        let lines = named.map { "if path == \\\(target.type).\($0.property) { return \($0.jsonName.literal) }\n" }.joined()
        return """
            \(target.access)static func fieldName(of path: PartialKeyPath<\(target.type)>) -> String? {
            \(lines)return nil
            }

            """
    }
}
