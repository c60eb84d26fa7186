import TypedSQL

extension MigrationPlan {
    /// Makes the type anew and moves every column to it. Rows that hold a label which went away make it fail: none is changed silently.
    mutating func rebuildEnum(_ from: EnumDefinition, _ to: EnumDefinition) {
        let name = to.tableName
        let retired = TableName(name.name + "__retired", schema: name.schema)
        add(.rebuildEnums, "alter type \(name) rename to \(quoted(retired.name))")
        add(.rebuildEnums, to.createStatement)
        let losesLabels = !Set(from.labels).isSubset(of: to.labels)
        for table in diff.new.tables {
            guard let before = diff.renamed.tables.first(where: { $0.name == table.name }) else { continue }
            let columns = before.columnsByName
            for column in table.columns {
                guard let old = columns[column.name], old.type.isEnum(name), column.type == old.type, column.generated == nil else {
                    continue
                }
                let alter = "alter table \(table.name) alter column \(quoted(column.name))"
                if old.defaultValue != nil { add(.rebuildEnums, "\(alter) drop default") }
                let brackets = column.type.isArray ? "[]" : ""
                add(
                    .rebuildEnums,
                    "\(alter) type \(sql(column.type)) using \(quoted(column.name))::text\(brackets)::\(sql(column.type))",
                    loss: "change-type \(table.name.plain).\(column.name)", isHarmless: !losesLabels)
                if let value = column.defaultValue { add(.rebuildEnums, "\(alter) set default \(value)") }
                settledDefaults.insert(ColumnPath(table: table.name, column: column.name))
            }
        }
        add(.dropLeftovers, "drop type \(retired)")
    }
}

extension SQLType {
    func isEnum(_ type: TableName) -> Bool { !isBuiltIn && name == type.name && schema == type.schema }
}
