import SwiftSyntax

/// What `@Schema` writes for an enum: of strings, of another raw type, a union with a tag, or one without.
struct EnumExpansion {
    private struct Case {
        /// As written in source, with backticks where it has them.
        let name: String
        let jsonName: String
        let payload: String?
        let label: String?

        /// Source that makes one of a payload.
        func made(of value: String, in type: String) -> String { "\(type).\(name)(\(label.map { $0 + ": " } ?? "")\(value))" }
    }

    private enum Kind {
        case strings, rawValues
        case tagged(String)
        case untagged
    }

    private static let rawTypes: Set<String> = [
        "Int", "Int8", "Int16", "Int32", "Int64", "UInt", "UInt8", "UInt16", "UInt32", "UInt64", "Double",
    ]

    private let target: SchemaTarget
    private let cases: [Case]
    private let kind: Kind

    init?(
        _ enumeration: EnumDeclSyntax, _ target: SchemaTarget, discriminator: ExprSyntax?,
        report: (String, any SyntaxProtocol) -> Void
    ) {
        self.target = target
        let rawType = enumeration.inheritanceClause?.inheritedTypes.first?.type.trimmedDescription
        let isOfStrings = rawType == "String"
        var cases: [Case] = []
        var hasPayload = false
        for declaration in enumeration.memberBlock.members.compactMap({ $0.decl.as(EnumCaseDeclSyntax.self) }) {
            let given = declaration.attributes.fieldName
            for element in declaration.elements {
                let parameters = element.parameterClause?.parameters ?? []
                if parameters.count > 1 { report("a case has one payload: put its values into a struct", element) }
                hasPayload = hasPayload || !parameters.isEmpty
                let bare = element.name.text.withoutBackticks
                let raw = element.rawValue?.value.as(StringLiteralExprSyntax.self)?.plainText
                let jsonName = given ?? (isOfStrings ? raw ?? bare : target.jsonName(of: bare))
                if !jsonName.isPlainInJSON { report("a name is plain text without quotes and backslashes", element) }
                if cases.contains(where: { $0.jsonName == jsonName }) { report("two cases have the name \"\(jsonName)\" in JSON", element) }
                cases.append(
                    Case(
                        name: element.name.text, jsonName: jsonName, payload: parameters.first?.type.trimmedDescription,
                        label: parameters.first?.firstName?.text))
            }
        }
        if cases.isEmpty { report("@Schema needs at least one case", enumeration.name) }
        self.cases = cases
        if let discriminator {
            let name = discriminator.as(StringLiteralExprSyntax.self)?.plainText ?? ""
            if !name.isPlainInJSON { report("a discriminator is plain text without quotes and backslashes", discriminator) }
            if rawType.map({ isOfStrings || Self.rawTypes.contains($0) }) == true {
                report("a discriminator belongs to an enum with payloads, not to one with raw values", discriminator)
            }
            kind = .tagged(name)
        } else if hasPayload {
            kind = .untagged
            if let bare = cases.first(where: { $0.payload == nil }) {
                report("the case '\(bare.name)' has no payload to tell it by: say @Schema(discriminator:)", enumeration.name)
            }
        } else {
            kind = rawType.map { Self.rawTypes.contains($0) } == true ? .rawValues : .strings
        }
    }

    var expanded: (protocols: String, members: String) {
        let parts =
            switch kind {
            case .strings: (table + readString, writeString, ofStrings)
            case .rawValues: (readRawValue, "self.rawValue.write(to: &writer)\n", ofRawValues)
            case .tagged(let tag): (table + readTagged(tag), writeTagged(tag), ofTagged(tag))
            case .untagged: (readUntagged, writeUntagged, ofUntagged)
            }
        let access = target.access
        let members = """
            \(parts.0)\(access)func write(to writer: inout TypedAPI.JSONWriter) {
            \(parts.1)}
            \(access)static func schema(in catalog: inout TypedAPI.SchemaCatalog) -> TypedAPI.JSONObject {
            catalog.define(\(target.name), \(target.type).self) { \(parts.2) }
            }

            """
        return ("TypedAPI.SchemaValue", members)
    }

    private var table: String {
        "private static let schemaCases = TypedAPI.JSONNames([\(cases.map { $0.jsonName.literal }.joined(separator: ", "))])\n"
    }

    private var readHead: String {
        "\(target.access)static func read(from reader: inout TypedAPI.SchemaReader) throws(TypedAPI.JSONError) -> \(target.type)? {\n"
    }

    private func description(_ members: String) -> String {
        target.description == "nil" ? members : "\(members), \"description\": \(typed(target.description))"
    }

    private func typed(_ literal: String) -> String { ".string(\(literal))" }

    // MARK: - Strings and other raw values

    private var readString: String {
        let lines = cases.enumerated().map { "case \($0): return \(target.type).\($1.name)\n" }.joined()
        return "\(readHead)switch try reader.choice(schemaCases) {\n\(lines)default: return nil\n}\n}\n"
    }

    private var writeString: String {
        let lines = cases.map { "case .\($0.name): writer.write(raw: \("\"\($0.jsonName)\"".literal))\n" }.joined()
        return "switch self {\n\(lines)}\n"
    }

    private var ofStrings: String {
        let values = cases.map { $0.jsonName.literal }.joined(separator: ", ")
        return "_ in\n[\(description("\"type\": \"string\", \"enum\": [\(values)]"))]\n"
    }

    private var readRawValue: String {
        let all = cases.map { ".\($0.name)" }.joined(separator: ", ")
        return "\(readHead)try reader.rawValue([\(all)])\n}\n"
    }

    private var ofRawValues: String {
        let values = cases.map { "\(target.type).\($0.name).rawValue.jsonValue()" }.joined(separator: ", ")
        return "_ in\n[\(description("\"enum\": [\(values)]"))]\n"
    }

    // MARK: - Unions

    private func readTagged(_ tag: String) -> String {
        let lines = cases.enumerated().map { index, element in
            if let payload = element.payload {
                return
                    "case \(index): return reader.validated(try \(payload).read(from: &reader).map { \(element.made(of: "$0", in: target.type)) })\n"
            }
            return """
                case \(index):
                let isEmpty = try reader.object(TypedAPI.FieldTable([], required: 0), unknown: nil, { (_, _) throws(TypedAPI.JSONError) in })
                return isEmpty ? reader.validated(\(target.type).\(element.name)) : nil

                """
        }
        return "\(readHead)switch try reader.variant(\(tag.literal), of: schemaCases) {\n\(lines.joined())default: return nil\n}\n}\n"
    }

    private func writeTagged(_ tag: String) -> String {
        let lines = cases.map { element in
            let start = "{\"\(tag)\":\"\(element.jsonName)\""
            guard element.payload != nil else { return "case .\(element.name): writer.write(raw: \((start + "}").literal))\n" }
            return """
                case .\(element.name)(let value):
                writer.write(raw: \(start.literal))
                value.writeMembers(to: &writer)
                writer.write(raw: "}")

                """
        }
        return "switch self {\n\(lines.joined())}\n"
    }

    private func ofTagged(_ tag: String) -> String {
        let lines = cases.map { "union.add(tagged: \($0.jsonName.literal)\($0.payload.map { ", \($0).self" } ?? ""), in: &catalog)\n" }
        return union(tag: tag.literal, lines.joined())
    }

    private var readUntagged: String {
        let lines = cases.map { element in
            let payload = element.payload ?? "Never"
            return """
                if let value = try reader.attempt({ (reader) throws(TypedAPI.JSONError) in try \(payload).read(from: &reader) }) {
                return reader.validated(\(element.made(of: "value", in: target.type)))
                }

                """
        }
        let names = cases.map { $0.jsonName.literal }.joined(separator: ", ")
        return "\(readHead)\(lines.joined())try reader.refuseUnion([\(names)])\nreturn nil\n}\n"
    }

    private var writeUntagged: String {
        "switch self {\n\(cases.map { "case .\($0.name)(let value): value.write(to: &writer)\n" }.joined())}\n"
    }

    private var ofUntagged: String { union(tag: "nil", cases.map { "union.add(\($0.payload ?? "Never").self, in: &catalog)\n" }.joined()) }

    private func union(tag: String, _ lines: String) -> String {
        """
        catalog in
        var union = TypedAPI.UnionSchema(\(target.name), \(target.type).self, tag: \(tag), description: \(target.description))
        \(lines)return union.schema

        """
    }
}

extension AttributeListSyntax {
    /// The name that `@Field("name")` gives.
    fileprivate var fieldName: String? {
        for case .attribute(let attribute) in self where attribute.isField {
            guard case .argumentList(let arguments) = attribute.arguments else { continue }
            return arguments.first?.expression.as(StringLiteralExprSyntax.self)?.plainText ?? ""
        }
        return nil
    }
}
