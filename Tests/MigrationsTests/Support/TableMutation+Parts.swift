import TypedSQL

extension TableMutation {
    private mutating func fresh(_ table: TableSchema, _ suffix: String) -> String {
        counter += 1
        return "\(table.name.name)_\(counter)_\(suffix)"
    }

    /// Keys, constraints, indexes and policies that rows of ``RandomRows`` satisfy.
    mutating func addPart(_ table: inout TableSchema) {
        let plain = table.columns.filter { $0.name.hasPrefix("column") && $0.generated == nil && !$0.type.isArray && $0.type != .jsonb }
        // Values of these differ from row to row.
        let distinct = plain.filter {
            ["int4", "int8", "text", "timestamptz", "date", "uuid", "numeric"].contains($0.type.name) && $0.defaultValue == nil
        }
        let isPartitioned = table.partitioning != nil
        switch Int.random(in: 0..<8, using: &random) {
        case 0:
            guard let column = random.pick(distinct) else { return }
            var unique = UniqueSchema(name: fresh(table, "key"), columns: [column.name] + (isPartitioned ? ["region"] : []))
            unique.nullsNotDistinct = random.chance(30) && !column.isNullable
            if random.chance(30), !isPartitioned { unique.include = ["title"] }
            if random.chance(30), !isPartitioned { unique.deferral = .initiallyDeferred }
            table.uniques.append(unique)
        case 1:
            let numbers = plain.filter { ["int4", "int8", "numeric"].contains($0.type.name) }
            if let column = random.pick(numbers) {
                let name = "\"\(column.name)\""
                let expression = random.chance(50) ? "\(name) >= 0 and \(name) < 5000" : "is_small((\(name))::bigint)"
                var check = CheckSchema(name: fresh(table, "check"), expression: expression)
                check.isInherited = isPartitioned || random.chance(70)
                check.isValidated = isPartitioned || random.chance(80)
                table.checks.append(check)
            } else {
                table.checks.append(
                    CheckSchema(name: fresh(table, "check"), expression: "length(\"title\") between 1 and 80 and \"title\" <> 'it''s; --'"))
            }
        case 2, 3: addIndex(&table, plain)
        case 4:
            let targets = schema.tables.filter { $0.partitioning == nil && populated.contains($0.name) && $0.renamedFrom == nil }
            guard let column = random.pick(plain.filter { $0.type == .int8 && $0.defaultValue == nil }), let target = random.pick(targets),
                populated.contains(table.name) || populated.isEmpty
            else { return }
            var key = ForeignKeySchema(name: fresh(table, "fkey"), columns: [column.name], table: target.name, referencedColumns: ["id"])
            key.onDelete = random.pick([.noAction, .cascade, .restrict]) ?? .cascade
            key.onUpdate = random.pick([.noAction, .cascade]) ?? .cascade
            if column.isNullable, random.chance(30) {
                key.onDelete = .setNull
                key.onDeleteColumns = [column.name]
            }
            key.deferral = random.pick([.notDeferrable, .initiallyImmediate, .initiallyDeferred]) ?? .notDeferrable
            key.isValidated = isPartitioned || random.chance(80)
            table.foreignKeys.append(key)
        case 5:
            guard !isPartitioned, let column = random.pick(distinct) else { return }
            table.exclusions.append(
                ExclusionSchema(
                    name: fresh(table, "excl"), method: "btree",
                    elements: [ExclusionSchema.Element(element: IndexElement(expression: "\"\(column.name)\""), operation: "=")],
                    predicate: random.chance(50) ? "\"id\" > 0" : nil))
        case 6: addPolicy(&table)
        default:
            guard isPartitioned else { return addIndex(&table, plain) }
            counter += 1
            table.partitions.append(
                PartitionSchema(name: TableName("part\(counter)", schema: table.name.schema), bounds: "for values in (\(counter + 100))"))
        }
    }

    private mutating func addIndex(_ table: inout TableSchema, _ plain: [ColumnSchema]) {
        var index = IndexSchema(name: fresh(table, "idx"), isUnique: false, method: "btree", elements: [])
        if let column = random.pick(plain) {
            var element = IndexElement(expression: "\"\(column.name)\"", isDescending: random.chance(40))
            element.nullsFirst = random.chance(40) ? random.chance(50) : nil
            index.elements.append(element)
            if random.chance(30) { index.predicate = "\"\(column.name)\" is not null" }
        }
        if random.chance(50) || index.elements.isEmpty {
            index.elements.append(
                random.chance(50)
                    ? IndexElement(expression: "(lower((\"title\")::text))") : IndexElement(expression: "\"title\"", collation: "C"))
        }
        if random.chance(30) { index.include = ["id"] }
        if random.chance(20) { index.parameters = ["fillfactor": "70"] }
        index.isConcurrent = random.chance(40)
        if random.chance(15), let array = table.columns.first(where: \.type.isArray) {
            index = IndexSchema(name: index.name, isUnique: false, method: "gin", elements: [IndexElement(expression: "\"\(array.name)\"")])
        }
        table.indexes.append(index)
    }

    mutating func addPolicy(_ table: inout TableSchema) {
        let policy = PolicySchema(
            name: fresh(table, "policy"), isPermissive: random.chance(80), command: random.pick([.all, .select, .update]) ?? .all,
            roles: random.chance(60) ? [RandomSchema.roles[0]] : [], using: "\"title\" <> current_setting('app.title', true)")
        table.policies.append(policy)
    }

    mutating func dropPart(_ table: inout TableSchema) {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: if !table.uniques.isEmpty { table.uniques.removeLast() }
        case 1: if !table.checks.isEmpty { table.checks.removeFirst() }
        case 2: if !table.indexes.isEmpty { table.indexes.removeFirst() }
        case 3: if !table.foreignKeys.isEmpty { table.foreignKeys.removeLast() }
        case 4: if !table.exclusions.isEmpty { table.exclusions.removeLast() }
        case 5: if !table.indexes.isEmpty { table.indexes[0].name = fresh(table, "idx") }
        case 6:
            for index in table.checks.indices { table.checks[index].isValidated = true }
            for index in table.foreignKeys.indices { table.foreignKeys[index].isValidated = true }
        default: if table.partitions.count > 2 { table.partitions.removeLast() }
        }
    }
}
