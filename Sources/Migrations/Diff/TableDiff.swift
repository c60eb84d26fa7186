import TypedSQL

/// What differs within one table. `old` is under the new names already.
struct TableDiff {
    private(set) var changes: [TableChange] = []

    init(from old: TableSchema, to new: TableSchema, columnRenames: [String: String]) {
        for (name, source) in columnRenames.sorted(by: { $0.key < $1.key }) { changes.append(.renameColumn(from: source, to: name)) }
        if old.partitioning != new.partitioning { changes.append(.changePartitioning(from: old.partitioning, to: new.partitioning)) }
        compareColumns(old, new)
        compareConstraints(old.constraints, new.constraints)
        compareIndexes(old.indexes, new.indexes)
        comparePartitions(old.partitions, new.partitions, of: new.name)
        compareSecurity(old, new)
        if old.comment != new.comment { changes.append(.changeComment(from: old.comment, to: new.comment)) }
    }

    private mutating func compareColumns(_ old: TableSchema, _ new: TableSchema) {
        let before = old.columnsByName
        for column in new.columns {
            guard let previous = before[column.name] else {
                changes.append(.addColumn(column))
                if column.comment != nil { changes.append(.changeColumnComment(from: column.withoutComment, to: column)) }
                continue
            }
            compare(previous, column)
        }
        let kept = Set(new.columns.map(\.name))
        changes += old.columns.filter { !kept.contains($0.name) }.map { .dropColumn($0) }
    }

    private mutating func compare(_ old: ColumnSchema, _ new: ColumnSchema) {
        let isRewritten = old.generated != new.generated
        if isRewritten {
            changes.append(.changeGenerated(from: old, to: new))
        }
        // A column that is made anew has everything else from the start.
        if !isRewritten || new.generated == nil {
            if old.type != new.type || old.collation != new.collation { changes.append(.changeType(from: old, to: new)) }
            if old.identity != new.identity { changes.append(.changeIdentity(from: old, to: new)) }
            if old.defaultValue != new.defaultValue { changes.append(.changeDefault(from: old, to: new)) }
            if old.isNullable != new.isNullable { changes.append(.changeNullability(from: old, to: new)) }
        }
        if old.comment != new.comment || (isRewritten && new.generated != nil && new.comment != nil) {
            changes.append(.changeColumnComment(from: old, to: new))
        }
    }

    private mutating func compareConstraints(_ old: [Constraint], _ new: [Constraint]) {
        var removed = old.filter { !new.contains($0) }
        var added = new.filter { !old.contains($0) }
        for constraint in added {
            // Only the name differs.
            if let index = removed.firstIndex(where: { $0.named(constraint.name) == constraint }),
                !new.contains(where: { $0.name == removed[index].name }), !old.contains(where: { $0.name == constraint.name })
            {
                changes.append(.renameConstraint(from: removed[index].name, to: constraint.name))
                removed.remove(at: index)
                added.removeAll { $0 == constraint }
                continue
            }
            // Only that its rows were not yet looked at.
            if constraint.isValidated,
                let index = removed.firstIndex(where: { other in
                    var other = other
                    let wasValidated = other.isValidated
                    other.isValidated = true
                    return !wasValidated && other == constraint
                })
            {
                changes.append(.validateConstraint(constraint))
                removed.remove(at: index)
                added.removeAll { $0 == constraint }
            }
        }
        changes += removed.map { .dropConstraint($0) } + added.map { .addConstraint($0) }
    }

    private mutating func compareIndexes(_ old: [IndexSchema], _ new: [IndexSchema]) {
        var removed = old.filter { index in !new.contains { $0.isSame(as: index) } }
        var added = new.filter { index in !old.contains { $0.isSame(as: index) } }
        for index in added {
            guard
                let place = removed.firstIndex(where: { other in
                    var other = other
                    other.name = index.name
                    return other.isSame(as: index)
                }), !new.contains(where: { $0.name == removed[place].name }), !old.contains(where: { $0.name == index.name })
            else { continue }
            changes.append(.renameIndex(from: removed[place].name, to: index.name))
            removed.remove(at: place)
            added.removeAll { $0.name == index.name }
        }
        changes += removed.map { .dropIndex($0) } + added.map { .addIndex($0) }
    }

    private mutating func comparePartitions(_ old: [PartitionSchema], _ new: [PartitionSchema], of parent: TableName) {
        for partition in new {
            guard let previous = old.first(where: { $0.name == partition.name }) else {
                changes.append(.addPartition(partition, of: parent))
                continue
            }
            if previous.bounds != partition.bounds || previous.partitioning != partition.partitioning {
                changes += [.dropPartition(previous, of: parent), .addPartition(partition, of: parent)]
            } else {
                comparePartitions(previous.partitions, partition.partitions, of: partition.name)
            }
        }
        changes += old.filter { partition in !new.contains { $0.name == partition.name } }.map { .dropPartition($0, of: parent) }
    }

    private mutating func compareSecurity(_ old: TableSchema, _ new: TableSchema) {
        if old.rowSecurity != new.rowSecurity { changes.append(.changeRowSecurity(from: old.rowSecurity, to: new.rowSecurity)) }
        changes += old.policies.filter { !new.policies.contains($0) }.map { .dropPolicy($0) }
        changes += new.policies.filter { !old.policies.contains($0) }.map { .addPolicy($0) }
        let had = TableGrants(old.grants).privileges
        let gets = TableGrants(new.grants).privileges
        for role in Set(had.keys).union(gets.keys).sorted() {
            let before = had[role] ?? []
            let after = gets[role] ?? []
            let added = GrantSchema.Privilege.allCases.filter { after.contains($0) && !before.contains($0) }
            let removed = GrantSchema.Privilege.allCases.filter { before.contains($0) && !after.contains($0) }
            if !added.isEmpty { changes.append(.grant(added, to: role)) }
            if !removed.isEmpty { changes.append(.revoke(removed, from: role)) }
        }
    }
}

extension IndexSchema {
    /// Whether both are the same once built.
    func isSame(as other: IndexSchema) -> Bool {
        var other = other
        other.isConcurrent = isConcurrent
        return self == other
    }
}

extension ColumnSchema {
    fileprivate var withoutComment: ColumnSchema {
        var column = self
        column.comment = nil
        return column
    }
}
