import TypedSQL

/// A drop beside an addition of the same kind is a rename as often as not, and taking one for the other loses data: so it is not guessed.
enum AmbiguousRenames {
    static func check(_ diff: SchemaDiff, drops: Set<String>) throws(MigrationError) {
        for change in diff.changes {
            guard case .table(let names, .dropColumn(let old)) = change, old.generated == nil else { continue }
            let table = names.new.name
            guard !drops.contains("column:\(table).\(old.name)") else { continue }
            for case .table(names, .addColumn(let new)) in diff.changes where new.type == old.type && new.generated == nil {
                throw MigrationError(
                    .ambiguous,
                    """
                    The column \(table).\(old.name) is gone and \(table).\(new.name) of the same type is new.
                    If it was renamed: --rename column:\(table).\(old.name)=\(new.name), or in the code: @Column(.renamedFrom("\(old.name)"))
                    If its data may go: --drop column:\(table).\(old.name)
                    """)
            }
        }
        for case .dropTable(let old) in diff.changes where !drops.contains("table:\(old.name)") {
            guard let before = diff.renamed.tables.first(where: { $0.name == old }) else { continue }
            for case .createTable(let new) in diff.changes where new.isLike(before) {
                throw MigrationError(
                    .ambiguous,
                    """
                    The table \(old.plain) is gone and \(new.name.plain) with the same columns is new.
                    If it was renamed: --rename table:\(old.name)=\(new.name.name), or in the code: @Table("\(new.name.name)", renamedFrom: "\(old.name)")
                    If its data may go: --drop table:\(old.name)
                    """)
            }
        }
    }
}

extension TableSchema {
    fileprivate func isLike(_ other: TableSchema) -> Bool {
        Set(columns.map { "\($0.name) \($0.type)" }) == Set(other.columns.map { "\($0.name) \($0.type)" })
    }
}
