import TypedSQL

/// Tables that may be there already, made by another program that shares the database: what is missing of them is made, what is there stays
/// as it is.
extension MigrationPlan {
    func isAdopted(_ table: TableName) -> Bool { adopted.contains(table.plain) }

    /// CREATE TABLE with its keys, since those of a table that is there are not ours to add.
    mutating func createAdopted(_ table: TableSchema) throws(MigrationError) {
        for key in table.foreignKeys where !isMade(key.table, before: table.name) {
            throw MigrationError(
                .unsupported,
                "\(table.name.plain) is adopted, and its key \(key.name) leads to \(key.table.plain), which is declared behind it: declare that table first."
            )
        }
        guard table.partitioning == nil, table.checks.allSatisfy(\.isValidated), table.foreignKeys.allSatisfy(\.isValidated) else {
            throw MigrationError(
                .unsupported, "\(table.name.plain) is adopted: it cannot be partitioned, nor have constraints that are not validated.")
        }
        var parts = table.columns.map(\.definition)
        if let primaryKey = table.primaryKey { parts.append(primaryKey.definition) }
        parts += table.uniques.map(\.definition) + table.checks.map(\.definition) + table.exclusions.map(\.definition)
        parts += table.foreignKeys.map(\.definition)
        let lines = parts.map { "    \($0)" }.joined(separator: ",\n")
        add(.createTables, "create table if not exists \(table.name) (\n\(lines)\n)")
    }

    private func isMade(_ table: TableName, before other: TableName) -> Bool {
        if table == other || diff.renamed.tables.contains(where: { $0.name == table }) { return true }
        return diff.new.tables.prefix { $0.name != other }.contains { $0.name == table }
    }
}

extension IndexSchema {
    func createStatement(on table: TableName, ifMissing: Bool) -> String {
        let statement = createStatement(on: table)
        guard ifMissing else { return statement }
        let name = quotedIdentifierStart(statement)
        return statement[..<name] + "if not exists " + statement[name...]
    }

    /// Where the name begins: it is the first thing in quotes.
    private func quotedIdentifierStart(_ statement: String) -> String.Index { statement.firstIndex(of: "\"") ?? statement.endIndex }
}
