import TypedSQL

/// The owner, too, sees no rows behind forced row security, nor does the server when it looks for rows that break a new foreign key: one that
/// they break would count as checked, and one that they keep as broken. So it is lifted meanwhile.
extension MigrationPlan {
    /// Runs `body` with `tables` open to their owner, under the lock that lifting takes.
    mutating func unforced(_ phase: Phase, _ tables: [TableName], _ body: (inout MigrationPlan) -> Void) {
        let forced = forced(tables)
        for table in forced { add(phase, "alter table \(table) no force row level security") }
        body(&self)
        for table in forced { add(phase, "alter table \(table) force row level security") }
    }

    mutating func add(_ key: ForeignKeySchema, to table: TableName) {
        // Rows of one that is not valid yet are not looked at.
        unforced(.addForeignKeys, key.isValidated ? [table, key.table] : []) {
            $0.add(.addForeignKeys, "alter table \(table) add \(key.definition)")
        }
    }

    /// Reading the table may take long. Others can use it meanwhile, unless the lock of lifting lasts as long: so that is committed first.
    mutating func validate(_ key: ForeignKeySchema, of table: TableName) {
        let forced = forced([table, key.table])
        let step = forced.isEmpty ? "" : "-- step\n"
        for other in forced { add(.validate, "\(step)alter table \(other) no force row level security") }
        add(.validate, "\(step)alter table \(table) validate constraint \(quoted(key.name))")
        for other in forced { add(.validate, "\(step)alter table \(other) force row level security") }
    }

    /// Those that are forced before row security itself is changed, under their new names.
    private func forced(_ tables: [TableName]) -> [TableName] {
        var seen: Set<TableName> = []
        return tables.filter { name in
            seen.insert(name).inserted && diff.renamed.tables.contains { $0.name == name && $0.rowSecurity == .forced }
        }
    }
}
