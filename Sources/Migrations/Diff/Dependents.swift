import TypedSQL

/// What did not change itself but stands in the way of what did: it is dropped before and made again after.
struct Dependents {
    private(set) var changes: [SchemaChange] = []
    private let diff: SchemaDiff
    /// Columns that get another type, by the table's new name.
    private var retyped: [TableName: Set<String>] = [:]
    /// Columns that are dropped and added again.
    private var remade: [TableName: Set<String>] = [:]
    private var dropped: [TableName: Set<String>] = [:]

    init(of diff: SchemaDiff) {
        self.diff = diff
        collect()
        remakeGenerated()
        for table in diff.new.tables { remakeParts(of: table) }
        remakeObjects()
    }

    private mutating func collect() {
        for change in diff.changes {
            switch change {
            case .table(let names, .changeType(_, let to)): retyped[names.new, default: []].insert(to.name)
            case .table(let names, .changeGenerated(_, let to)):
                if to.generated == nil {
                    retyped[names.new, default: []].insert(to.name)
                } else {
                    remade[names.new, default: []].insert(to.name)
                }
            case .table(let names, .dropColumn(let column)): dropped[names.new, default: []].insert(column.name)
            case .dropTable(let name): dropped[name, default: []] = []
            case .rebuildEnum(_, let to):
                for table in diff.new.tables {
                    for column in table.columns where column.type.isEnum(to.tableName) {
                        retyped[table.name, default: []].insert(column.name)
                    }
                }
            default: break
            }
        }
    }

    /// Generated columns that read a column of another type from now on.
    private mutating func remakeGenerated() {
        for table in diff.new.tables {
            guard let touched = retyped[table.name], let before = diff.renamed.tables.first(where: { $0.name == table.name }) else {
                continue
            }
            let names = tableNames(table)
            for column in table.columns {
                guard let generated = column.generated, let old = before.columnsByName[column.name], old.generated == generated,
                    touched.contains(where: { NameReplacement.mentions(generated, $0) })
                else { continue }
                remade[table.name, default: []].insert(column.name)
                changes.append(.table(names, .changeGenerated(from: old, to: column)))
                if column.comment != nil { changes.append(.table(names, .changeColumnComment(from: old, to: column))) }
            }
        }
    }

    private func tableNames(_ table: TableSchema) -> TableNames {
        TableNames(old: diff.renames.tables[table.name] ?? table.name, new: table.name)
    }

    private mutating func remakeParts(of table: TableSchema) {
        guard let before = diff.renamed.tables.first(where: { $0.name == table.name }) else { return }
        let names = tableNames(table)
        let gone = remade[table.name] ?? []
        let touched = gone.union(retyped[table.name] ?? [])
        for constraint in table.constraints where before.constraints.contains(constraint) {
            let isAffected: Bool
            switch constraint {
            case .primaryKey(let key): isAffected = !gone.isDisjoint(with: key.columns + key.include)
            case .unique(let key): isAffected = !gone.isDisjoint(with: key.columns + key.include)
            case .foreignKey(let key):
                let target = (retyped[key.table] ?? []).union(remade[key.table] ?? [])
                isAffected = !touched.isDisjoint(with: key.columns) || !target.isDisjoint(with: key.referencedColumns) || losesKey(key)
            case .check(let check): isAffected = touched.contains { NameReplacement.mentions(check.expression, $0) }
            case .exclusion(let exclusion):
                let texts = exclusion.elements.map(\.element.expression) + [exclusion.predicate ?? ""]
                isAffected = touched.contains { name in texts.contains { NameReplacement.mentions($0, name) } }
            }
            if isAffected { changes += [.table(names, .dropConstraint(constraint)), .table(names, .addConstraint(constraint))] }
        }
        for index in table.indexes {
            guard let old = before.indexes.first(where: { $0.isSame(as: index) }) else { continue }
            let texts = index.elements.map(\.expression) + [index.predicate ?? ""]
            let isAffected =
                touched.contains { name in texts.contains { NameReplacement.mentions($0, name) } } || !gone.isDisjoint(with: index.include)
            if isAffected {
                var rebuilt = index
                rebuilt.isConcurrent = false  // it is missing until it is there again
                changes += [.table(names, .dropIndex(old)), .table(names, .addIndex(rebuilt))]
            }
        }
        let all = touched.union(dropped[table.name] ?? [])
        for policy in table.policies where before.policies.contains(policy) {
            if all.contains(where: { NameReplacement.mentions(policy.using, $0) || NameReplacement.mentions(policy.check, $0) }) {
                changes += [.table(names, .dropPolicy(policy)), .table(names, .addPolicy(policy))]
            }
        }
    }

    /// Whether the key or unique constraint that a foreign key stands on is dropped, be it to come back.
    private func losesKey(_ key: ForeignKeySchema) -> Bool {
        guard let before = diff.renamed.tables.first(where: { $0.name == key.table }),
            let after = diff.new.tables.first(where: { $0.name == key.table })
        else { return false }
        let wanted = Set(key.referencedColumns)
        func carriers(_ table: TableSchema) -> Set<Constraint> {
            Set(
                table.constraints.filter { constraint in
                    switch constraint {
                    case .primaryKey(let primary): Set(primary.columns) == wanted
                    case .unique(let unique): Set(unique.columns) == wanted
                    default: false
                    }
                }.map { $0.named("") })
        }
        return !carriers(before).isSubset(of: carriers(after))
    }

    /// Views, triggers and others on tables that change under them, and whatever stands on those.
    private mutating func remakeObjects() {
        var affected: Set<String> = []
        for table in Set(retyped.keys).union(remade.keys).union(dropped.keys) {
            affected.formUnion([table.plain, table.name])
            if let old = diff.renames.tables[table] { affected.formUnion([old.plain, old.name]) }
        }
        for change in diff.changes {
            if case .replaceObject(let from, _) = change, !from.replacesItself { affected.insert(from.id) }
        }
        let kept = diff.new.objects.filter { object in diff.old.objects.contains { $0.id == object.id && $0.create == object.create } }
        var remaking: Set<String> = []
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            for object in kept where !remaking.contains(object.id) && object.drop != nil {
                let isFunction =
                    object.replacesItself && !SQLScript(object.create).statements[0].begins("create", "or", "replace", "trigger")
                guard !isFunction, object.dependsOn.contains(where: affected.contains) else { continue }
                remaking.insert(object.id)
                affected.insert(object.id)
                isGrowing = true
            }
        }
        // Those that depend on others go first and come back last.
        for object in kept.reversed() where remaking.contains(object.id) { changes.append(.dropObject(object)) }
        for object in kept where remaking.contains(object.id) { changes.append(.createObject(object)) }
    }
}
