import JSON
import PostgresClient
import TypedSQL

/// Reads the schema of a live database, every expression in the server's own spelling.
struct Catalog {
    private let connection: PostgresConnection
    private let schemas: [String]
    /// What a schema is called in the result; nil for the default one.
    private let rename: (String) -> String?

    /// - Parameter shadow: Original names of schemas by the names they have here.
    init(_ connection: PostgresConnection, schemas: [String], shadow: [String: String] = [:]) {
        self.connection = connection
        self.schemas = schemas
        rename = { withoutPublic(shadow[$0] ?? $0) }
    }

    /// - Parameter roles: Whose existence matters.
    func read(roles: [String]) async throws(PostgresError) -> DatabaseSchema {
        // The planner takes these for long work and compiles them, for a second or two each.
        try await connection.executeScript("set local jit = off")
        var schema = DatabaseSchema(tables: [])
        for row in try await rows(CatalogQueries.schemas) {
            let name = rename(row.text("name")) ?? "public"
            schema.schemas.append(name)
            for grant in row["grants"]?.array ?? [] {
                guard let role = grant[0]?.string, let privilege = SchemaGrant.Privilege(rawValue: grant[1]?.string ?? "") else { continue }
                schema.schemaGrants.append(SchemaGrant([privilege], on: name, to: [role]))
            }
        }
        schema.extensions = try await rows(CatalogQueries.extensions, isFiltered: false).map { $0.text("name") }
        schema.enums = try await rows(CatalogQueries.enums).map {
            EnumDefinition(schema: rename($0.text("schema")), name: $0.text("name"), labels: $0.texts("labels"))
        }
        schema.sequences = try await rows(CatalogQueries.sequences).map { row in
            let type = SQLType.builtIn(row.text("type"))
            return SequenceSchema(
                row.text("name"), schema: rename(row.text("schema")), type: type, options: row.identity(.byDefault, of: type))
        }
        var reader = TableReader(rename: rename, clean: clean)
        for row in try await rows(CatalogQueries.tables) { reader.addTable(row) }
        for row in try await rows(CatalogQueries.columns) { reader.addColumn(row) }
        for row in try await rows(CatalogQueries.constraints) { reader.addConstraint(row) }
        for row in try await rows(CatalogQueries.indexes) { reader.addIndex(row) }
        for row in try await rows(CatalogQueries.policies) { reader.addPolicy(row) }
        reader.addPartitions(try await rows(CatalogQueries.partitions))
        schema.tables = reader.finish()
        schema.objects = try await objects()
        if !roles.isEmpty {
            let found = try await connection.query("select rolname::text from pg_roles where rolname = any(\(roles)) order by 1")
            schema.roles = try found.decode(String.self).map { RoleSchema($0) }
        }
        return schema.normalized
    }

    private func rows(_ query: String, isFiltered: Bool = true) async throws(PostgresError) -> [JSONValue] {
        var parameters = PostgresParameters()
        if isFiltered { parameters.append(schemas) }
        let result = try await connection.query(SQL(unsafeRaw: query, parameters: parameters))
        return try result.decode(String.self).compactMap { text in try? JSONValue(parsing: text) }
    }

    /// Takes the names of shadow schemas out of an expression.
    private func clean(_ text: String) -> String {
        guard schemas.contains(where: { text.contains($0) }) else { return text }
        return NameReplacement.schemas(in: text) { name in schemas.contains(name) ? .some(rename(name)) : nil }
    }

    private func objects() async throws(PostgresError) -> [SQLObject] {
        var objects: [SQLObject] = []
        func qualified(_ row: JSONValue, _ name: String) -> String { TableName(name, schema: rename(row.text("schema"))).plain }
        for row in try await rows(CatalogQueries.functions) {
            let kind = row.text("kind") == "p" ? "procedure" : "function"
            let name = TableName(row.text("name"), schema: rename(row.text("schema")))
            let target = "\(kind) \(quoted(name))(\(clean(row.text("arguments"))))"
            var create = clean(row.text("definition")).trimmedSpaces
            if row["hasGrants"]?.bool == true {
                let roles = row.texts("grants").sorted()
                if !roles.contains("public") { create += ";\nrevoke execute on \(target) from public" }
                for role in roles where role != "public" { create += ";\ngrant execute on \(target) to \(quoted(role))" }
            }
            let id = "function.\(name.plain)(\(clean(row.text("arguments"))))"
            objects.append(SQLObject(id, create: create, drop: "drop \(target)"))
        }
        for row in try await rows(CatalogQueries.views) {
            let kind = row.text("kind") == "m" ? "materialized view" : "view"
            let name = TableName(row.text("name"), schema: rename(row.text("schema")))
            let options = row["options"]?.string.map { $0.isEmpty ? "" : " with (\($0))" } ?? ""
            var create = "create \(kind) \(quoted(name))\(options) as\n\(clean(row.text("definition")).trimmedSpaces)"
            if create.hasSuffix(";") { create.removeLast() }
            let grants = (row["grants"]?.array ?? []).map {
                "grant \($0[1]?.string ?? "") on \(quoted(name)) to \(quoted($0[0]?.string ?? ""))"
            }
            for grant in grants.sorted() { create += ";\n" + grant }
            let uses = row.texts("uses").flatMap { [$0, "view.\($0)"] }
            objects.append(SQLObject("view.\(name.plain)", create: create, drop: "drop \(kind) \(quoted(name))", dependsOn: uses))
        }
        for row in try await rows(CatalogQueries.triggers) {
            let table = TableName(row.text("table"), schema: rename(row.text("schema")))
            objects.append(
                SQLObject(
                    "trigger.\(table.plain).\(row.text("name"))", create: clean(row.text("definition")),
                    drop: "drop trigger \(quoted(row.text("name"))) on \(quoted(table))", dependsOn: [table.plain]))
        }
        return objects
    }
}

extension JSONValue {
    func text(_ key: String) -> String { self[key]?.string ?? "" }
    func flag(_ key: String) -> Bool { self[key]?.bool ?? false }
    func texts(_ key: String) -> [String] { self[key]?.array?.compactMap(\.string) ?? [] }

    /// Of a sequence, with what is the server's default left out.
    func identity(_ generation: IdentitySchema.Generation, of type: SQLType) -> IdentitySchema {
        func number(_ key: String) -> Int? { Int(text(key)) }
        let largest = ["int2": Int(Int16.max), "int4": Int(Int32.max)][type.name] ?? Int.max
        let isDescending = (number("increment") ?? 1) < 0
        var identity = IdentitySchema(generation)
        identity.increment = number("increment") == 1 ? nil : number("increment")
        identity.minimum = number("minimum") == (isDescending ? -largest - 1 : 1) ? nil : number("minimum")
        identity.maximum = number("maximum") == (isDescending ? -1 : largest) ? nil : number("maximum")
        let first = isDescending ? number("maximum") : number("minimum")
        identity.start = number("start") == first ? nil : number("start")
        identity.cache = number("cache") == 1 ? nil : number("cache")
        identity.cycles = flag("cycles")
        return identity
    }
}
