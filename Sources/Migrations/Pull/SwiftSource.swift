import TypedSQL

/// A schema as the Swift that declares it.
struct SwiftSource {
    private let schema: DatabaseSchema
    private let types: SwiftTypes
    private let prefix: String

    /// - Parameter prefix: Of the names of all types.
    init(_ schema: DatabaseSchema, prefix: String = "") {
        self.schema = schema.normalized
        types = SwiftTypes(self.schema, prefix: prefix)
        self.prefix = prefix
    }

    var text: String {
        let header = "// swift-format-ignore-file\nimport JSON\nimport PostgresClient\nimport Primitives\nimport TypedSQL"
        let parts = [header] + schema.enums.map(enumeration) + schema.tables.map { TableSource($0, types).text } + [registry]
        return parts.joined(separator: "\n\n") + "\n"
    }

    private func enumeration(_ type: EnumDefinition) -> String {
        let cases = type.labels.map { label in
            let name = SwiftNames.property(label)
            return name == label ? "    case \(name)" : "    case \(name) = \(SwiftNames.literal(label))"
        }
        let schema = type.schema.map { "\n    static let typeSchema: String? = \(SwiftNames.literal($0))" } ?? ""
        return """
            enum \(types.name(of: type)): String, PostgresEnum {
                static let typeName = \(SwiftNames.literal(type.name))\(schema)
            \(cases.joined(separator: "\n"))
            }
            """
    }

    private var registry: String {
        func list(_ label: String, _ elements: [String]) -> String? {
            guard !elements.isEmpty else { return nil }
            return "    \(label): [\n" + elements.map { "        \($0),\n" }.joined() + "    ]"
        }
        let objects = schema.objects.map { object in
            var text = "SQLObject(\(SwiftNames.literal(object.id)), create: \(SwiftNames.literal(object.create))"
            if let drop = object.drop { text += ", drop: \(SwiftNames.literal(drop))" }
            if !object.dependsOn.isEmpty { text += ", dependsOn: [\(object.dependsOn.map(SwiftNames.literal).joined(separator: ", "))]" }
            return text + ")"
        }
        let sequences = schema.sequences.map { sequence in
            let place = sequence.schema.map { ", schema: \(SwiftNames.literal($0))" } ?? ""
            return
                "SequenceSchema(\(SwiftNames.literal(sequence.name))\(place), type: \(types.expression(sequence.type)), options: \(sequence.options.source))"
        }
        let grants = schema.schemaGrants.map { grant in
            "SchemaGrant([\(grant.privileges.map { ".\($0)" }.joined(separator: ", "))], on: \(SwiftNames.literal(grant.schema)), to: [\(grant.roles.map(SwiftNames.literal).joined(separator: ", "))])"
        }
        let arguments = [
            list("tables", schema.tables.map { "\(types.name(of: $0.name)).schema" }) ?? "    tables: []",
            list("enums", schema.enums.map { "\(types.name(of: $0)).definition" }), list("objects", objects), list("sequences", sequences),
            list("schemas", schema.schemas.map(SwiftNames.literal)), list("extensions", schema.extensions.map(SwiftNames.literal)),
            list("roles", schema.roles.map { "RoleSchema(\(SwiftNames.literal($0.name)))" }), list("schemaGrants", grants),
        ]
        return "let \(SwiftNames.property(prefix.isEmpty ? "pulled_schema" : "\(prefix)_schema")) = DatabaseSchema(\n"
            + arguments.compactMap { $0 }.joined(separator: ",\n") + "\n)"
    }
}

extension IdentitySchema {
    var source: String {
        var parts = [generation == .always ? ".always" : ".byDefault"]
        if let start { parts.append("start: \(start)") }
        if let increment { parts.append("increment: \(increment)") }
        if let minimum { parts.append("minimum: \(minimum)") }
        if let maximum { parts.append("maximum: \(maximum)") }
        if let cache { parts.append("cache: \(cache)") }
        if cycles { parts.append("cycles: true") }
        return "IdentitySchema(\(parts.joined(separator: ", ")))"
    }
}

/// Swift types for what a schema has.
struct SwiftTypes {
    private var tables: [TableName: String] = [:]
    private var enums: [TableName: String] = [:]

    init(_ schema: DatabaseSchema, prefix: String) {
        var used: Set<String> = ["Expr", "Table", "Row", "JSONValue", "Timestamp", "String", "Int", "Bool", "Double", "Float"]
        func unused(_ name: TableName) -> String {
            var candidate = prefix + SwiftNames.type(name.name)
            if used.contains(candidate) {
                candidate = prefix + SwiftNames.type(name.schema ?? "") + SwiftNames.type(name.name) + (name.schema == nil ? "Row" : "")
            }
            while !used.insert(candidate).inserted { candidate += "2" }
            return candidate
        }
        for table in schema.tables { tables[table.name] = unused(table.name) }
        for type in schema.enums { enums[type.tableName] = unused(type.tableName) }
    }

    func name(of table: TableName) -> String { tables[table] ?? SwiftNames.type(table.name) }
    func name(of type: EnumDefinition) -> String { enums[type.tableName] ?? SwiftNames.type(type.name) }

    /// The Swift type that reads it, and whether the declaration must name the PostgreSQL type as well.
    func swift(_ type: SQLType) -> (name: String, isExact: Bool) {
        var element = type
        element.isArray = false
        var (name, isExact) = scalar(element)
        if type.isArray {
            name = "[\(name)]"
        }
        return (name, isExact)
    }

    private func scalar(_ type: SQLType) -> (String, Bool) {
        if !type.isBuiltIn {
            if let name = enums[TableName(type.name, schema: type.schema)] { return (name, true) }
            return ("String", false)
        }
        let exact = [
            "bool": "Bool", "int2": "Int16", "int4": "Int32", "int8": "Int64", "float4": "Float", "float8": "Double", "text": "String",
            "bytea": "[UInt8]", "numeric": "PostgresNumeric", "date": "PostgresDate", "interval": "PostgresInterval",
            "timestamptz": "Timestamp", "uuid": "UUIDv7", "jsonb": "JSONValue",
        ]
        if let name = exact[type.name] { return (name, type.modifiers.isEmpty) }
        return (["json": "JSONValue"][type.name] ?? "String", false)
    }

    /// As an expression of Swift.
    func expression(_ type: SQLType) -> String {
        var text: String
        if !type.isBuiltIn {
            text = ".custom(\(SwiftNames.literal(type.name))\(type.schema.map { ", schema: \(SwiftNames.literal($0))" } ?? ""))"
        } else {
            let modifiers = type.modifiers.isEmpty ? "" : ", modifiers: [\(type.modifiers.map(String.init).joined(separator: ", "))]"
            text = ".builtIn(\(SwiftNames.literal(type.name))\(modifiers))"
        }
        if type.isArray { text += ".array" }
        return text
    }
}
