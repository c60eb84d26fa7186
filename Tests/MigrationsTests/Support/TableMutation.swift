import TestServices
import TypedSQL

/// Makes tables at random, and changes one.
struct TableMutation {
    var random: SeededRandom
    let schema: DatabaseSchema
    let populated: Set<TableName>
    var counter: Int

    private mutating func fresh(_ prefix: String) -> String {
        counter += 1
        return "\(prefix)\(counter)"
    }

    mutating func newTable(_ name: TableName) -> TableSchema {
        var table = TableSchema(name: name)
        var id = ColumnSchema(name: "id", type: .int8, isNullable: false)
        if random.chance(40) { id.identity = IdentitySchema(random.chance(50) ? .always : .byDefault, start: random.chance(30) ? 10 : nil) }
        var title = ColumnSchema(name: "title", type: .varchar(80), isNullable: false)
        title.comment = random.chance(50) ? "what it's called" : nil
        table.columns = [id, title]
        table.primaryKey = PrimaryKeySchema(name: "\(name.name)_pkey", columns: ["id"])
        if random.chance(25), id.identity == nil {
            table.columns.append(ColumnSchema(name: "region", type: .int4, isNullable: false))
            table.primaryKey?.columns = ["id", "region"]
            table.partitioning = Partitioning(strategy: .list, keys: ["\"region\""])
            table.partitions = [
                PartitionSchema(name: TableName(fresh("part"), schema: name.schema), bounds: "for values in (1)"),
                PartitionSchema(name: TableName(fresh("part"), schema: name.schema), bounds: "default"),
            ]
        }
        for _ in 0..<Int.random(in: 2...5, using: &random) { addColumn(&table) }
        for _ in 0..<Int.random(in: 1...5, using: &random) { addPart(&table) }
        return table
    }

    mutating func apply(to table: inout TableSchema) {
        switch Int.random(in: 0..<12, using: &random) {
        case 0, 1: addColumn(&table)
        case 2: dropColumn(&table)
        case 3: renameColumn(&table)
        case 4: changeType(&table)
        case 5: changeColumn(&table)
        case 6, 7: dropPart(&table)
        case 8: changeSecurity(&table)
        case 9: table.comment = random.chance(70) ? fresh("about the table's rows ") : nil
        default: addPart(&table)
        }
    }

    // MARK: Columns

    private mutating func addColumn(_ table: inout TableSchema) {
        let types: [SQLType] =
            [
                .int4, .int8, .text, .varchar(30), .bool, .timestamptz, .numeric(precision: 12, scale: 2), .jsonb, .uuid, .date, .float8,
                .bytea, .text.array, .int4.array,
            ]
            + schema.enums.map(\.type) + schema.enums.prefix(1).map(\.type.array)
        var column = ColumnSchema(name: fresh("column"), type: random.pick(types) ?? .text, isNullable: random.chance(50))
        if random.chance(30) { column.defaultValue = defaultValue(column.type) }
        if random.chance(20) { column.comment = "said of \(column.name)" }
        if column.type == .text, random.chance(30) { column.collation = "C" }
        if random.chance(12) {
            column = ColumnSchema(name: column.name, type: .text, isNullable: true)
            column.generated = "upper((\"title\")::text)"
        } else if random.chance(8), column.type == .int4 {
            column.isNullable = false
            column.defaultValue = nil
            column.identity = IdentitySchema(.byDefault, increment: random.chance(50) ? 3 : nil)
            // Once is enough; and rows that are there are numbered by it.
            if table.columns.contains(where: { $0.identity != nil && $0.name != "id" }) || table.partitioning != nil {
                column.identity = nil
            }
            if column.identity == nil { column.isNullable = true }
        }
        table.columns.append(column)
    }

    private func defaultValue(_ type: SQLType) -> String? {
        if type.isArray { return "'{}'::\(type)" }
        if !type.isBuiltIn { return "'calm'::\(type)" }
        switch type.name {
        case "int4", "int8": return "7"
        case "numeric", "float8": return "1.5"
        case "text", "varchar": return "'it''s'"
        case "bool": return "true"
        case "timestamptz": return "now()"
        case "date": return "current_date"
        case "uuid": return "gen_random_uuid()"
        case "jsonb": return "'{\"a\": [1, 2]}'::jsonb"
        default: return nil
        }
    }

    /// Columns that nothing else of the table names, so that they can be dropped or get another type.
    private func free(_ table: TableSchema) -> [Int] {
        table.columns.indices.filter { index in
            let name = table.columns[index].name
            guard name.hasPrefix("column"), !table.columns[index].type.isArray else { return false }
            var rest = table
            rest.columns = []
            return !"\(rest)".contains("\"\(name)\"") && !"\(rest)".contains("\\\"\(name)\\\"")
                && !schema.tables.contains { other in
                    other.foreignKeys.contains { $0.table == table.name && $0.referencedColumns.contains(name) }
                }
        }
    }

    private mutating func dropColumn(_ table: inout TableSchema) {
        guard let index = random.pick(free(table)) else { return }
        table.columns.remove(at: index)
    }

    private mutating func renameColumn(_ table: inout TableSchema) {
        guard let index = table.columns.indices.randomElement(using: &random), table.columns[index].name.hasPrefix("column"),
            table.columns[index].renamedFrom == nil, populated.contains(table.name) || table.renamedFrom != nil
        else { return }
        // Where there were rows before, the column was there before, unless it is of this very change.
        let known = schema.tables.first { $0.name == table.name }
        guard let old = known?.columns.first(where: { $0.name == table.columns[index].name })?.name else { return }
        let new = fresh("column")
        table.columns[index].renamedFrom = old
        table.columns[index].name = new
        let quotedOld = "\"\(old)\""
        let quotedNew = "\"\(new)\""
        func rename(_ name: String) -> String { name == old ? new : name }
        table.uniques = table.uniques.map { unique in
            var unique = unique
            unique.columns = unique.columns.map(rename)
            unique.include = unique.include.map(rename)
            return unique
        }
        for key in table.foreignKeys.indices { table.foreignKeys[key].columns = table.foreignKeys[key].columns.map(rename) }
        for key in table.foreignKeys.indices { table.foreignKeys[key].onDeleteColumns = table.foreignKeys[key].onDeleteColumns.map(rename) }
        func replace(_ text: String) -> String { text.replacing(quotedOld, with: quotedNew) }
        for check in table.checks.indices { table.checks[check].expression = replace(table.checks[check].expression) }
        for index in table.indexes.indices {
            table.indexes[index].predicate = table.indexes[index].predicate.map(replace)
            table.indexes[index].include = table.indexes[index].include.map(rename)
            for element in table.indexes[index].elements.indices {
                table.indexes[index].elements[element].expression = replace(table.indexes[index].elements[element].expression)
            }
        }
        for exclusion in table.exclusions.indices {
            for element in table.exclusions[exclusion].elements.indices {
                table.exclusions[exclusion].elements[element].element.expression = replace(
                    table.exclusions[exclusion].elements[element].element.expression)
            }
        }
        for policy in table.policies.indices { table.policies[policy].using = table.policies[policy].using.map(replace) }
    }

    private mutating func changeType(_ table: inout TableSchema) {
        // Under views, triggers, generated columns and policies as well.
        if random.chance(30) {
            table.columns[1].type = table.columns[1].type == .text ? .varchar(120) : .text
            return
        }
        guard let index = random.pick(free(table)), table.columns[index].generated == nil, table.columns[index].identity == nil else {
            return
        }
        let next: SQLType?
        switch table.columns[index].type.description {
        case "int4": next = random.chance(50) ? .int8 : .text
        case "int8": next = .numeric
        case "varchar(30)": next = .text
        case "text": next = table.columns[index].collation == nil ? .varchar(200) : nil
        case "float8": next = .numeric
        case "timestamptz": next = .date
        default: next = table.columns[index].type.isBuiltIn ? nil : .text
        }
        guard let next else { return }
        table.columns[index].type = next
        if table.columns[index].defaultValue != nil { table.columns[index].defaultValue = defaultValue(next) }
    }

    private mutating func changeColumn(_ table: inout TableSchema) {
        guard let index = table.columns.indices.dropFirst(2).randomElement(using: &random), table.columns[index].generated == nil,
            table.columns[index].name != "region"
        else { return }
        switch Int.random(in: 0..<4, using: &random) {
        case 0: table.columns[index].comment = random.chance(60) ? fresh("comment's ") : nil
        case 1:
            if table.columns[index].identity == nil {
                // Rows that are there keep what a default gave them, the same in each: no key could be made of that column once the default
                // is gone. So it goes from columns that no key is made of.
                let isNeverKey = table.columns[index].type.isArray || ["bool", "jsonb", "bytea"].contains(table.columns[index].type.name)
                if table.columns[index].defaultValue == nil {
                    table.columns[index].defaultValue = defaultValue(table.columns[index].type)
                } else if isNeverKey {
                    table.columns[index].defaultValue = nil
                }
            }
        case 2:
            if table.columns[index].identity == nil { table.columns[index].isNullable.toggle() }
        default:
            if let identity = table.columns[index].identity {
                table.columns[index].identity = IdentitySchema(
                    identity.generation == .always ? .byDefault : .always, increment: Int.random(in: 2...5, using: &random))
            } else if table.columns[index].type == .int4, table.partitioning == nil, !table.columns[index].isNullable,
                table.columns[index].defaultValue == nil
            {
                table.columns[index].identity = IdentitySchema(.byDefault)
            }
        }
    }

    private mutating func changeSecurity(_ table: inout TableSchema) {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: table.rowSecurity = random.pick([.off, .enabled, .forced]) ?? .off
        case 1:
            table.grants = []
            for role in RandomSchema.roles where random.chance(60) {
                table.grants.append(
                    GrantSchema(privileges: GrantSchema.Privilege.allCases.filter { _ in random.chance(40) } + [.select], roles: [role]))
            }
        default:
            if !table.policies.isEmpty, random.chance(40) { table.policies.removeLast() } else { addPolicy(&table) }
        }
    }
}
