import TypedSQL

/// What has another name than before, as the declaration or the caller says. Only renames that are still to be made are in it: the
/// old name is there before, the new one is not, and the old one is gone afterwards.
struct Renames: Hashable, Sendable {
    /// Old names by new ones.
    var tables: [TableName: TableName] = [:]
    /// Old names by new ones, by the table's new name.
    var columns: [TableName: [String: String]] = [:]
    /// Old names by new ones.
    var enums: [TableName: TableName] = [:]
    /// New labels by old ones, by the enum's new name.
    var labels: [TableName: [String: String]] = [:]

    init() {}

    /// - Parameter old: Normalized. `new` is as declared.
    init(from old: DatabaseSchema, to new: DatabaseSchema, hints: [RenameHint]) throws(MigrationError) {
        let oldTables = Dictionary(old.tables.map { ($0.name, $0) }) { first, _ in first }
        let newTables = Set(new.normalized.tables.map(\.name))
        var used: Set<RenameHint> = []
        for table in new.tables {
            var name = table.name
            name.normalize()
            let hint = hints.first { $0.kind == .table && $0.new == name.name }
            let oldName =
                hint.map { TableName($0.old, schema: name.schema) } ?? table.renamedFrom.map { TableName($0, schema: name.schema) }
            if let oldName, oldTables[oldName] != nil, oldTables[name] == nil, !newTables.contains(oldName) {
                tables[name] = oldName
                if let hint { used.insert(hint) }
            }
            guard let before = oldTables[tables[name] ?? name] else { continue }
            let oldColumns = Set(before.columns.map(\.name))
            let newColumns = Set(table.columns.map(\.name))
            for column in table.columns where !oldColumns.contains(column.name) {
                let hint = hints.first {
                    $0.kind == .column && [name.name, before.name.name].contains($0.parent) && $0.new == column.name
                }
                guard let source = hint?.old ?? column.renamedFrom, oldColumns.contains(source), !newColumns.contains(source) else {
                    continue
                }
                columns[name, default: [:]][column.name] = source
                if let hint { used.insert(hint) }
            }
        }
        let oldEnums = Dictionary(old.enums.map { ($0.tableName, $0) }) { first, _ in first }
        let newEnums = Set(new.normalized.enums.map(\.tableName))
        for type in new.enums {
            let name = TableName(type.name, schema: withoutPublic(type.schema))
            let hint = hints.first { $0.kind == .type && $0.new == name.name }
            if let source = hint?.old ?? type.renamedFrom {
                let oldName = TableName(source, schema: name.schema)
                if oldEnums[oldName] != nil, oldEnums[name] == nil, !newEnums.contains(oldName) {
                    enums[name] = oldName
                    if let hint { used.insert(hint) }
                }
            }
            guard let before = oldEnums[enums[name] ?? name] else { continue }
            var wanted = type.renamedLabels
            for hint in hints where hint.kind == .value && hint.parent == name.name {
                wanted[hint.old] = hint.new
                used.insert(hint)
            }
            for (from, to) in wanted
            where before.labels.contains(from) && !before.labels.contains(to) && type.labels.contains(to) && !type.labels.contains(from) {
                labels[name, default: [:]][from] = to
            }
        }
        if let unused = hints.first(where: { !used.contains($0) }) {
            throw MigrationError(
                .usage, "--rename \(unused) matches nothing: the old name must be in the last snapshot, the new one in the code.")
        }
    }

    /// `old` as it is once everything has its new name.
    func applied(to old: DatabaseSchema) -> DatabaseSchema {
        var schema = old
        let tableNames = Dictionary(tables.map { ($0.value, $0.key) }) { first, _ in first }
        let enumNames = Dictionary(enums.map { ($0.value, $0.key) }) { first, _ in first }
        for index in schema.enums.indices {
            let name = enumNames[schema.enums[index].tableName] ?? schema.enums[index].tableName
            schema.enums[index].name = name.name
            schema.enums[index].labels = schema.enums[index].labels.map { labels[name]?[$0] ?? $0 }
        }
        for index in schema.tables.indices {
            apply(to: &schema.tables[index], tableNames: tableNames, enumNames: enumNames)
        }
        // Keys point at columns of other tables, whose renames are known only now.
        for table in schema.tables.indices {
            for key in schema.tables[table].foreignKeys.indices {
                let target = schema.tables[table].foreignKeys[key].table
                let renamed = newColumnNames(of: target)
                schema.tables[table].foreignKeys[key].referencedColumns =
                    schema.tables[table].foreignKeys[key].referencedColumns.map { renamed[$0] ?? $0 }
            }
        }
        return schema
    }

    /// New names by old ones.
    private func newColumnNames(of table: TableName) -> [String: String] {
        Dictionary((columns[table] ?? [:]).map { ($0.value, $0.key) }) { first, _ in first }
    }

    private func apply(to table: inout TableSchema, tableNames: [TableName: TableName], enumNames: [TableName: TableName]) {
        table.name = tableNames[table.name] ?? table.name
        let columnNames = newColumnNames(of: table.name)
        var strings: [String: String] = [:]
        for index in table.columns.indices {
            let type = TableName(table.columns[index].type.name, schema: table.columns[index].type.schema)
            if !table.columns[index].type.isBuiltIn, let name = enumNames[type] { table.columns[index].type.name = name.name }
            let current = TableName(table.columns[index].type.name, schema: table.columns[index].type.schema)
            if !table.columns[index].type.isBuiltIn { strings.merge(labels[current] ?? [:]) { first, _ in first } }
        }
        var names = columnNames
        for (old, new) in tableNames { names[old.name] = names[old.name] ?? new.name }
        for (old, new) in enumNames { names[old.name] = names[old.name] ?? new.name }
        for key in table.foreignKeys.indices {
            table.foreignKeys[key].table = tableNames[table.foreignKeys[key].table] ?? table.foreignKeys[key].table
        }
        guard !names.isEmpty || !strings.isEmpty else { return }
        let rename = { (column: String) in columnNames[column] ?? column }
        table.mapNames(rename) { NameReplacement.apply(to: $0, names: names, strings: strings) }
    }
}

extension TableSchema {
    /// Changes the names of columns, and every expression.
    mutating func mapNames(_ name: (String) -> String, _ expression: (String) -> String) {
        for index in columns.indices {
            columns[index].name = name(columns[index].name)
            columns[index].defaultValue = columns[index].defaultValue.map(expression)
            columns[index].generated = columns[index].generated.map(expression)
        }
        if var key = primaryKey {
            key.columns = key.columns.map(name)
            key.include = key.include.map(name)
            primaryKey = key
        }
        for index in uniques.indices {
            uniques[index].columns = uniques[index].columns.map(name)
            uniques[index].include = uniques[index].include.map(name)
        }
        for index in foreignKeys.indices {
            foreignKeys[index].columns = foreignKeys[index].columns.map(name)
            foreignKeys[index].onDeleteColumns = foreignKeys[index].onDeleteColumns.map(name)
        }
        for index in checks.indices { checks[index].expression = expression(checks[index].expression) }
        for index in exclusions.indices {
            exclusions[index].predicate = exclusions[index].predicate.map(expression)
            for element in exclusions[index].elements.indices {
                exclusions[index].elements[element].element.expression = expression(exclusions[index].elements[element].element.expression)
            }
        }
        for index in indexes.indices {
            indexes[index].predicate = indexes[index].predicate.map(expression)
            indexes[index].include = indexes[index].include.map(name)
            for element in indexes[index].elements.indices {
                indexes[index].elements[element].expression = expression(indexes[index].elements[element].expression)
            }
        }
        for index in policies.indices {
            policies[index].using = policies[index].using.map(expression)
            policies[index].check = policies[index].check.map(expression)
        }
        if var split = partitioning {
            split.keys = split.keys.map(expression)
            partitioning = split
        }
    }
}

/// A rename that the caller names: `table:old=new`, `column:table.old=new`, `type:old=new`, `value:type.old=new`.
public struct RenameHint: Hashable, Sendable, CustomStringConvertible {
    public enum Kind: String, Sendable {
        case table
        case column
        case type
        case value
    }

    public var kind: Kind
    /// The table of a column, the type of a value.
    public var parent: String?
    public var old: String
    public var new: String

    /// - Throws: ``MigrationError`` that shows how to write it.
    public init(_ text: String) throws(MigrationError) {
        let wrong = MigrationError(
            .usage, "--rename \(text): write table:old=new, column:table.old=new, type:old=new or value:type.old=new.")
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])) else { throw wrong }
        let names = parts[1].split(separator: "=", maxSplits: 1)
        guard names.count == 2 else { throw wrong }
        self.kind = kind
        new = String(names[1])
        if kind == .column || kind == .value {
            let path = names[0].split(separator: ".", maxSplits: 1)
            guard path.count == 2 else { throw wrong }
            parent = String(path[0])
            old = String(path[1])
        } else {
            old = String(names[0])
        }
    }

    public var description: String { "\(kind.rawValue):\(parent.map { $0 + "." } ?? "")\(old)=\(new)" }
}
