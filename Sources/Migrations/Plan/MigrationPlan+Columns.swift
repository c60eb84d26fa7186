import TypedSQL

extension MigrationPlan {
    private func fill(_ table: TableName, _ column: String) -> String? {
        fills.first { [table.name, table.plain].contains($0.table) && $0.column == column }?.expression
    }

    mutating func add(_ column: ColumnSchema, to table: TableName) {
        let phase: Phase = column.generated == nil ? .addColumns : .addGenerated
        guard !column.isNullable, column.defaultValue == nil, column.identity == nil, column.generated == nil,
            let value = fill(table, column.name)
        else { return add(phase, "alter table \(table) add column \(isAdopted(table) ? "if not exists " : "")\(column.definition)") }
        var nullable = column
        nullable.isNullable = true
        add(phase, "alter table \(table) add column \(nullable.definition)")
        update(phase, table, "set \(quoted(column.name)) = \(value)")
        add(phase, "alter table \(table) alter column \(quoted(column.name)) set not null")
    }

    private mutating func update(_ phase: Phase, _ table: TableName, _ assignment: String) {
        unforced(phase, [table]) { $0.add(phase, "update \(table) \(assignment)") }
    }

    mutating func changeNullability(_ table: TableName, _ column: ColumnSchema) {
        let name = quoted(column.name)
        if column.isNullable { return add(.alterColumns, "alter table \(table) alter column \(name) drop not null") }
        if let value = fill(table, column.name) {
            update(.alterColumns, table, "set \(name) = \(value) where \(name) is null")
        }
        // In front of the keys and identities that want it.
        add(.alterColumns, "alter table \(table) alter column \(name) set not null")
    }

    mutating func changeType(_ names: TableNames, _ from: ColumnSchema, _ to: ColumnSchema) {
        let alter = "alter table \(names.new) alter column \(quoted(to.name))"
        if from.defaultValue != nil { add(.alterColumns, "\(alter) drop default") }
        let collation = to.collation.map { " collate \(quoted($0))" } ?? ""
        let cast = from.type == to.type ? "" : " using \(castText(to.name, from.type, to.type))"
        add(
            .alterColumns, "\(alter) type \(sql(to.type))\(collation)\(cast)", loss: "change-type \(names.new.plain).\(to.name)",
            isHarmless: from.type.widens(to: to.type))
        if let value = to.defaultValue, from.defaultValue == to.defaultValue { add(.alterColumns, "\(alter) set default \(value)") }
    }

    private func castText(_ column: String, _ from: SQLType, _ to: SQLType) -> String {
        // An enum converts to another type of its own only by its label.
        let throughText = !from.isBuiltIn && !to.isBuiltIn
        return quoted(column) + (throughText ? "::text\(from.isArray ? "[]" : "")" : "") + "::\(sql(to))"
    }

    mutating func changeIdentity(_ table: TableName, _ from: ColumnSchema, _ to: ColumnSchema) {
        let alter = "alter table \(table) alter column \(quoted(to.name))"
        switch (from.identity, to.identity) {
        case (nil, let identity?):
            if from.isNullable { add(.alterColumns, "\(alter) set not null") }
            if from.defaultValue != nil { add(.alterColumns, "\(alter) drop default") }
            add(.alterColumns, "\(alter) add generated \(identity.generation.rawValue) as identity\(identity.options)")
            let name = literal(table.schema.map { quoted($0) + "." + quoted(table.name) } ?? quoted(table.name))
            let setval =
                "select setval(pg_get_serial_sequence(\(name), \(literal(to.name))), max(\(quoted(to.name)))) from \(table) having max(\(quoted(to.name))) is not null"
            unforced(.alterColumns, [table]) { $0.add(.alterColumns, setval) }
        case (_?, nil): add(.alterColumns, "\(alter) drop identity")
        case (let old?, let new?):
            let generation = old.generation == new.generation ? "" : " set generated \(new.generation.rawValue)"
            add(.alterColumns, alter + generation + new.clauses(everything: true).map { " set \($0)" }.joined())
        case (nil, nil): break
        }
    }

    mutating func changeGenerated(_ names: TableNames, _ from: ColumnSchema, _ to: ColumnSchema) {
        let old = diff.renames.columns[names.new]?[to.name] ?? to.name
        guard to.generated != nil else {
            // The values stay as they are.
            return add(.dropGenerated, "alter table \(names.old) alter column \(quoted(old)) drop expression")
        }
        add(
            .dropGenerated, "alter table \(names.old) drop column \(quoted(old))", loss: "drop-column \(names.old.plain).\(old)",
            isHarmless: from.generated != nil)
        add(.addGenerated, "alter table \(names.new) add column \(to.definition)")
    }
}

extension SQLType {
    /// Whether every value survives the change.
    func widens(to other: SQLType) -> Bool {
        if self == other { return true }
        guard isArray == other.isArray else { return false }
        let order = ["int2": 1, "int4": 2, "int8": 3, "numeric": 4]
        if let from = order[name], let to = order[other.name], isBuiltIn, other.isBuiltIn {
            if from < to { return other.modifiers.isEmpty }
            return name == "numeric" && from == to && other.modifiers.isEmpty
        }
        switch (name, other.name) {
        case (_, "text") where other.isBuiltIn: return name != "bpchar"
        case ("varchar", "varchar"): return other.modifiers.isEmpty || (modifiers.first ?? .max) <= other.modifiers[0]
        case ("float4", "float8"), ("json", "jsonb"): return name == "float4"
        default: return false
        }
    }
}

extension IdentitySchema {
    /// - Parameter everything: Also what goes back to its default.
    func clauses(everything: Bool) -> [String] {
        var parts: [String] = []
        if let start { parts.append("start with \(start)") } else if everything { parts.append("start with \(minimumStart)") }
        if let increment { parts.append("increment by \(increment)") } else if everything { parts.append("increment by 1") }
        if let minimum { parts.append("minvalue \(minimum)") } else if everything { parts.append("no minvalue") }
        if let maximum { parts.append("maxvalue \(maximum)") } else if everything { parts.append("no maxvalue") }
        if let cache { parts.append("cache \(cache)") } else if everything { parts.append("cache 1") }
        if cycles { parts.append("cycle") } else if everything { parts.append("no cycle") }
        return parts
    }

    private var minimumStart: Int { (increment ?? 1) < 0 ? maximum ?? -1 : minimum ?? 1 }

    /// Each with a space in front.
    var sequenceClauses: String { clauses(everything: false).map { " " + $0 }.joined() }
    var allSequenceClauses: String { clauses(everything: true).map { " " + $0 }.joined() }
}
