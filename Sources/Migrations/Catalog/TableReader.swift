import JSON
import TypedSQL

/// Puts tables together from rows of the catalogs.
struct TableReader {
    let rename: (String) -> String?
    let clean: (String) -> String
    private var tables: [String: TableSchema] = [:]
    private var order: [String] = []

    init(rename: @escaping (String) -> String?, clean: @escaping (String) -> String) {
        self.rename = rename
        self.clean = clean
    }

    func finish() -> [TableSchema] { order.compactMap { tables[$0] } }

    private func expression(_ row: JSONValue, _ key: String) -> String? { row[key]?.string.map(clean) }

    private func name(_ row: JSONValue, _ schema: String = "schema", _ name: String = "name") -> TableName {
        TableName(row.text(name), schema: rename(row.text(schema)))
    }

    mutating func addTable(_ row: JSONValue) {
        var table = TableSchema(name: name(row))
        table.comment = row["comment"]?.string
        table.rowSecurity = row.flag("rowSecurity") ? (row.flag("forced") ? .forced : .enabled) : .off
        table.partitioning = expression(row, "partitionKey").flatMap(Partitioning.init(definition:))
        for grant in row["grants"]?.array ?? [] {
            guard let role = grant[0]?.string, let privilege = GrantSchema.Privilege(rawValue: grant[1]?.string ?? "") else { continue }
            table.grants.append(GrantSchema(privileges: [privilege], roles: [role]))
        }
        tables[row.text("oid")] = table
        order.append(row.text("oid"))
    }

    mutating func addColumn(_ row: JSONValue) {
        var type = SQLType.custom(row.text("typeName"), schema: rename(row.text("typeSchema")))
        if row.text("typeSchema") == "pg_catalog" { type = .builtIn(row.text("typeName"), modifiers: row.text("typeText").modifiers) }
        if row.flag("isArray") { type = type.array }
        var column = ColumnSchema(name: row.text("name"), type: type, isNullable: !row.flag("notNull"))
        column.defaultValue = expression(row, "default")
        column.generated = expression(row, "generated")
        column.collation = row["collation"]?.string
        column.comment = row["comment"]?.string
        if let sequence = row["sequence"], !sequence.isNull {
            column.identity = sequence.identity(row.text("identity") == "a" ? .always : .byDefault, of: type)
        }
        tables[row.text("table")]?.columns.append(column)
    }

    mutating func addConstraint(_ row: JSONValue) {
        let name = row.text("name")
        let columns = row.texts("columns")
        let deferral: Deferral =
            row.flag("deferrable") ? (row.flag("deferred") ? .initiallyDeferred : .initiallyImmediate) : .notDeferrable
        let table = row.text("table")
        switch row.text("kind") {
        case "p": tables[table]?.primaryKey = PrimaryKeySchema(name: name, columns: columns, include: row.texts("include"))
        case "u":
            let value = UniqueSchema(
                name: name, columns: columns, include: row.texts("include"), nullsNotDistinct: row.flag("nullsNotDistinct"),
                deferral: deferral)
            tables[table]?.uniques.append(value)
        case "f":
            let value = ForeignKeySchema(
                name: name, columns: columns, table: self.name(row, "targetSchema", "target"),
                referencedColumns: row.texts("targetColumns"), onDelete: ReferentialAction(code: row.text("onDelete")),
                onDeleteColumns: row.texts("setColumns"), onUpdate: ReferentialAction(code: row.text("onUpdate")),
                matchesFull: row.text("match") == "f", deferral: deferral, isValidated: row.flag("validated"))
            tables[table]?.foreignKeys.append(value)
        case "c":
            let value = CheckSchema(
                name: name, expression: expression(row, "expression") ?? "", isValidated: row.flag("validated"),
                isInherited: !row.flag("noInherit"))
            tables[table]?.checks.append(value)
        default:
            let elements = (row["elements"]?.array ?? []).map {
                ExclusionSchema.Element(element: element($0, method: row.text("method")), operation: $0.text("operator"))
            }
            let value = ExclusionSchema(
                name: name, method: row.text("method"), elements: elements, predicate: expression(row, "predicate"), deferral: deferral)
            tables[table]?.exclusions.append(value)
        }
    }

    private func element(_ row: JSONValue, method: String) -> IndexElement {
        var element = IndexElement(expression: "")
        if let column = row["column"]?.string {
            element.expression = "\"" + column.replacing("\"", with: "\"\"") + "\""
        } else {
            element.expression = clean(row.text("definition")).inParentheses
        }
        if method == "btree" {
            element.isDescending = row.flag("descending")
            element.nullsFirst = row.flag("nullsFirst") == element.isDescending ? nil : row.flag("nullsFirst")
        }
        element.operatorClass = row["operatorClass"]?.string
        element.collation = row["collation"]?.string
        return element
    }

    mutating func addIndex(_ row: JSONValue) {
        var index = IndexSchema(
            name: row.text("name"), isUnique: row.flag("unique"), method: row.text("method"),
            elements: (row["elements"]?.array ?? []).map { element($0, method: row.text("method")) })
        index.include = row.texts("include")
        index.predicate = expression(row, "predicate")
        index.nullsNotDistinct = row.flag("nullsNotDistinct")
        // An index whose building failed is not one.
        if !row.flag("valid") { index.parameters["invalid"] = "yes" }
        for parameter in row.texts("parameters") {
            let parts = parameter.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { index.parameters[parts[0]] = parts[1] }
        }
        tables[row.text("table")]?.indexes.append(index)
    }

    mutating func addPolicy(_ row: JSONValue) {
        let commands: [String: PolicySchema.Command] = ["r": .select, "a": .insert, "w": .update, "d": .delete]
        let policy = PolicySchema(
            name: row.text("name"), isPermissive: row.flag("permissive"), command: commands[row.text("command")] ?? .all,
            roles: row.texts("roles"), using: expression(row, "using"), check: expression(row, "check"))
        tables[row.text("table")]?.policies.append(policy)
    }

    mutating func addPartitions(_ rows: [JSONValue]) {
        func children(of parent: String) -> [PartitionSchema] {
            rows.filter { $0.text("parent") == parent }.map { row in
                let bounds = row.text("bounds")
                return PartitionSchema(
                    name: name(row), bounds: bounds == "DEFAULT" ? "default" : clean(bounds).lowercasedKeywords,
                    partitioning: expression(row, "partitionKey").flatMap(Partitioning.init(definition:)),
                    partitions: children(of: row.text("oid")))
            }
        }
        for oid in order {
            let partitions = children(of: oid)
            tables[oid]?.partitions = partitions
        }
    }
}

extension ReferentialAction {
    fileprivate init(code: String) {
        self = ["r": .restrict, "c": .cascade, "n": .setNull, "d": .setDefault][code] ?? .noAction
    }
}

extension Partitioning {
    /// - Parameter definition: `RANGE (id, (lower(x)))`.
    fileprivate init?(definition: String) {
        guard let open = definition.firstIndex(of: "("), definition.hasSuffix(")"),
            let strategy = Strategy(rawValue: definition[..<open].trimmedSpaces.lowercased())
        else { return nil }
        let inner = String(definition[definition.index(after: open)...].dropLast())
        var keys: [String] = []
        var depth = 0
        var start = 0
        let bytes = Array(inner.utf8)
        for token in SQLLexer.tokens(inner) {
            if token.isSymbol("(") { depth += 1 }
            if token.isSymbol(")") { depth -= 1 }
            if token.isSymbol(","), depth == 0 {
                keys.append(String(decoding: bytes[start..<token.range.lowerBound], as: UTF8.self).trimmedSpaces)
                start = token.range.upperBound
            }
        }
        keys.append(String(decoding: bytes[start...], as: UTF8.self).trimmedSpaces)
        self.init(strategy: strategy, keys: keys.map { $0.quotedIfName })
    }
}

extension String {
    /// `12,2` of `numeric(12,2)[]`.
    fileprivate var modifiers: [Int] {
        guard let open = firstIndex(of: "("), let close = firstIndex(of: ")"), open < close else { return [] }
        return self[index(after: open)..<close].split(separator: ",").compactMap { Int($0) }
    }

    fileprivate var inParentheses: String {
        // `(a) || (b)` starts and ends with parentheses that do not belong together.
        var depth = 0
        let tokens = SQLLexer.tokens(self)
        for (index, token) in tokens.enumerated() {
            if token.isSymbol("(") { depth += 1 }
            if token.isSymbol(")") { depth -= 1 }
            if depth == 0, index < tokens.count - 1 { return "(\(self))" }
        }
        return tokens.count > 1 ? self : "(\(self))"
    }

    /// A bare name as `"name"`, the spelling of declarations.
    fileprivate var quotedIfName: String {
        let tokens = SQLLexer.tokens(self)
        guard tokens.count == 1, tokens[0].kind == .word || tokens[0].kind == .quotedName else { return self }
        return "\"" + tokens[0].text.replacing("\"", with: "\"\"") + "\""
    }

    /// `FOR VALUES FROM (…)` as declarations write it.
    fileprivate var lowercasedKeywords: String {
        var result = self
        for word in ["FOR VALUES", "FROM", "TO", "WITH", "IN", "MODULUS", "modulus", "remainder"] {
            result = result.replacing(word + " (", with: word.lowercased() + " (").replacing(word + " ", with: word.lowercased() + " ")
        }
        return result
    }
}
