import TypedSQL

extension MigrationPlan {
    mutating func create(_ table: TableSchema) throws(MigrationError) {
        if isAdopted(table.name) {
            try createAdopted(table)
        } else {
            createOwn(table)
        }
        for index in table.indexes { add(index, to: table.name, isPartitioned: table.partitioning != nil, isNew: true) }
        if table.rowSecurity != .off { change(table.name, from: .off, to: table.rowSecurity) }
        for policy in table.policies { add(.policies, policy.createStatement(on: table.name)) }
        for grant in table.grants.byPrivileges { add(.grants, grant.statement(on: table.name)) }
        if let comment = table.comment { add(.comments, "comment on table \(table.name) is \(literal(comment))") }
        for column in table.columns {
            guard let comment = column.comment else { continue }
            add(.comments, "comment on column \(table.name).\(quoted(column.name)) is \(literal(comment))")
        }
    }

    private mutating func createOwn(_ table: TableSchema) {
        var bare = TableSchema(name: table.name)
        bare.columns = table.columns.map { column in
            var column = column
            column.comment = nil
            return column
        }
        bare.primaryKey = table.primaryKey
        // CREATE TABLE takes `not valid` for a mistake and leaves it away.
        bare.checks = table.checks.filter(\.isValidated)
        for check in table.checks where !check.isValidated { later(.check(check), table.name) }
        // Of two keys that differ in their names alone, CREATE TABLE makes one without a word.
        var indexed = Set(table.primaryKey.map { [Constraint.primaryKey($0).indexDefinition] } ?? [])
        for unique in table.uniques {
            let constraint = Constraint.unique(unique)
            if indexed.insert(constraint.indexDefinition).inserted { bare.uniques.append(unique) } else { later(constraint, table.name) }
        }
        for exclusion in table.exclusions {
            let constraint = Constraint.exclusion(exclusion)
            if indexed.insert(constraint.indexDefinition).inserted {
                bare.exclusions.append(exclusion)
            } else {
                later(constraint, table.name)
            }
        }
        bare.partitioning = table.partitioning
        bare.partitions = table.partitions
        for statement in bare.createStatements { add(.createTables, statement) }
        for key in table.foreignKeys { add(.addForeignKeys, "alter table \(table.name) add \(key.definition)") }
    }

    private mutating func later(_ constraint: Constraint, _ table: TableName) {
        add(.addConstraints, "alter table \(table) add \(constraint.definition)")
    }

    private mutating func add(_ index: IndexSchema, to table: TableName, isPartitioned: Bool, isNew: Bool) {
        var index = index
        // A new table has no users to block; a partitioned one cannot be indexed concurrently.
        if isPartitioned || isNew { index.isConcurrent = false }
        add(
            index.isConcurrent ? .concurrentIndexes : .addIndexes, index.createStatement(on: table, ifMissing: isAdopted(table)))
    }

    private mutating func change(_ table: TableName, from: RowSecurity, to: RowSecurity) {
        if (from == .off) != (to == .off) {
            add(.rowSecurity, "alter table \(table) \(to == .off ? "disable" : "enable") row level security")
        }
        if (from == .forced) != (to == .forced) {
            add(.rowSecurity, "alter table \(table) \(to == .forced ? "force" : "no force") row level security")
        }
    }

    mutating func plan(_ names: TableNames, _ change: TableChange) throws(MigrationError) {
        let table = names.new
        let alter = "alter table \(table)"
        let alterOld = "alter table \(names.old)"
        switch change {
        case .addColumn(let column): add(column, to: table)
        case .dropColumn(let column):
            let isComputed = column.generated != nil
            add(
                isComputed ? .dropGenerated : .dropColumns, "\(alterOld) drop column \(quoted(column.name))",
                loss: "drop-column \(names.old.plain).\(column.name)", isHarmless: isComputed)
        case .renameColumn(let from, let to):
            guard !remadeColumns.contains(ColumnPath(table: table, column: to)) else { return }
            add(.renameColumns, "\(alter) rename column \(quoted(from)) to \(quoted(to))")
        case .changeType(let from, let to): changeType(names, from, to)
        case .changeDefault(_, let to):
            guard !settledDefaults.contains(ColumnPath(table: table, column: to.name)) else { return }
            add(
                .alterColumns,
                "\(alter) alter column \(quoted(to.name)) " + (to.defaultValue.map { "set default \($0)" } ?? "drop default"))
        case .changeNullability(_, let to): changeNullability(table, to)
        case .changeIdentity(let from, let to): changeIdentity(table, from, to)
        case .changeGenerated(let from, let to): changeGenerated(names, from, to)
        case .changeColumnComment(_, let to):
            add(.comments, "comment on column \(table).\(quoted(to.name)) is \(to.comment.map { literal($0) } ?? "null")")
        case .changeComment(_, let to): add(.comments, "comment on table \(table) is \(to.map { literal($0) } ?? "null")")
        case .addConstraint(.foreignKey(let key)): add(key, to: table)
        case .addConstraint(let constraint): add(.addConstraints, "\(alter) add \(constraint.definition)")
        case .dropConstraint(let constraint):
            add(
                constraint.isForeignKey ? .dropForeignKeys : .dropIndexes, "\(alterOld) drop constraint \(quoted(constraint.name))")
        case .renameConstraint(let from, let to): add(.renameConstraints, "\(alter) rename constraint \(quoted(from)) to \(quoted(to))")
        case .validateConstraint(.foreignKey(let key)): validate(key, of: table)
        case .validateConstraint(let constraint): add(.validate, "\(alter) validate constraint \(quoted(constraint.name))")
        case .addIndex(let index):
            let isPartitioned = diff.new.tables.first { $0.name == table }?.partitioning != nil
            add(index, to: table, isPartitioned: isPartitioned, isNew: false)
        case .dropIndex(let index):
            add(.dropIndexes, "drop index \(TableName(index.name, schema: names.old.schema))")
        case .renameIndex(let from, let to):
            add(.renameConstraints, "alter index \(TableName(from, schema: table.schema)) rename to \(quoted(to))")
        case .addPartition(let partition, let parent):
            for statement in partition.createStatements(of: parent) { add(.createTables, statement) }
        case .dropPartition(let partition, _):
            add(.dropTables, "drop table \(partition.name)", loss: "drop-table \(partition.name.plain)")
        case .changePartitioning:
            throw MigrationError(
                .unsupported,
                "The partitioning of \(table.plain) changed. PostgreSQL cannot do that in place: make a new table and move the rows in a migration written by hand."
            )
        case .changeRowSecurity(let from, let to): self.change(table, from: from, to: to)
        case .addPolicy(let policy): add(.policies, policy.createStatement(on: table))
        case .dropPolicy(let policy): add(.dropPolicies, "drop policy \(quoted(policy.name)) on \(names.old)")
        case .grant(let privileges, let role):
            add(.grants, GrantSchema(privileges: privileges, roles: [role]).statement(on: table))
        case .revoke(let privileges, let role):
            add(.revokes, "revoke \(privileges.map(\.rawValue).joined(separator: ", ")) on \(names.old) from \(quoted(role))")
        }
    }
}

extension [GrantSchema] {
    /// Roles that get the same in one grant.
    fileprivate var byPrivileges: [GrantSchema] {
        reduce(into: []) { grants, grant in
            if let place = grants.firstIndex(where: { $0.privileges == grant.privileges }) {
                grants[place].roles += grant.roles
            } else {
                grants.append(grant)
            }
        }
    }
}

extension Constraint {
    /// What is left of the definition without its name; a primary key and a unique constraint are alike in this.
    fileprivate var indexDefinition: String { named("").definition.replacing("primary key", with: "unique") }
}
