import TypedSQL

/// Everything that differs between two schemas, in no particular order.
struct SchemaDiff: Sendable {
    /// Normalized.
    let old: DatabaseSchema
    /// `old` under the new names.
    let renamed: DatabaseSchema
    /// Normalized.
    let new: DatabaseSchema
    let renames: Renames
    private(set) var changes: [SchemaChange] = []

    init(from old: DatabaseSchema, to new: DatabaseSchema, hints: [RenameHint] = []) throws(MigrationError) {
        self.old = old.normalized
        self.new = new.normalized
        renames = try Renames(from: self.old, to: new, hints: hints)
        renamed = renames.applied(to: self.old)
        compareNamespaces()
        compareEnums()
        compareSequences()
        compareTables()
        compareObjects()
    }

    private mutating func compareNamespaces() {
        let before = Set(old.schemas)
        let after = Set(new.schemas)
        changes += after.subtracting(before).sorted().map { .createSchema($0) }
        changes += before.subtracting(after).sorted().map { .dropSchema($0) }
        let extensionsBefore = Set(old.extensions)
        let extensionsAfter = Set(new.extensions)
        changes += extensionsAfter.subtracting(extensionsBefore).sorted().map { .createExtension($0) }
        changes += extensionsBefore.subtracting(extensionsAfter).sorted().map { .dropExtension($0) }
        changes += new.roles.filter { !old.roles.contains($0) }.map { .createRole($0) }
        let grantsBefore = SchemaGrants(old.schemaGrants).privileges
        let grantsAfter = SchemaGrants(new.schemaGrants).privileges
        for schema in Set(grantsBefore.keys).union(grantsAfter.keys).sorted() {
            let roles = Set((grantsBefore[schema] ?? [:]).keys).union((grantsAfter[schema] ?? [:]).keys)
            for role in roles.sorted() {
                let had = grantsBefore[schema]?[role] ?? []
                let gets = grantsAfter[schema]?[role] ?? []
                let added = SchemaGrant.Privilege.allCases.filter { gets.contains($0) && !had.contains($0) }
                let removed = SchemaGrant.Privilege.allCases.filter { had.contains($0) && !gets.contains($0) }
                if !added.isEmpty { changes.append(.grantSchema(SchemaGrant(added, on: schema, to: [role]))) }
                if !removed.isEmpty, schema == "public" || after.contains(schema) {
                    changes.append(.revokeSchema(SchemaGrant(removed, on: schema, to: [role])))
                }
            }
        }
    }

    private mutating func compareEnums() {
        let before = Dictionary(renamed.enums.map { ($0.tableName, $0) }) { first, _ in first }
        let originals = Dictionary(old.enums.map { ($0.tableName, $0) }) { first, _ in first }
        for type in new.enums {
            let oldName = renames.enums[type.tableName] ?? type.tableName
            guard let previous = before[type.tableName] else {
                changes.append(.createEnum(type))
                continue
            }
            if oldName != type.tableName { changes.append(.renameEnum(from: oldName, to: type.tableName)) }
            for (from, to) in (renames.labels[type.tableName] ?? [:]).sorted(by: { $0.key < $1.key }) {
                changes.append(.renameLabel(oldName, from: from, to: to))
            }
            guard previous.labels != type.labels else { continue }
            // Labels that stay must keep their order for the others to be added between them.
            if type.labels.filter(previous.labels.contains) == previous.labels {
                addLabels(previous, type, oldName, originals[oldName] ?? previous)
            } else {
                changes.append(.rebuildEnum(from: previous, to: type))
            }
        }
        let kept = Set(new.enums.map(\.tableName))
        changes += renamed.enums.filter { !kept.contains($0.tableName) }.map { .dropEnum($0) }
    }

    private mutating func addLabels(_ previous: EnumDefinition, _ type: EnumDefinition, _ oldName: TableName, _ original: EnumDefinition) {
        // Labels are added before any is renamed, so neighbors go by their old names.
        let oldLabels = Dictionary(zip(previous.labels, original.labels)) { first, _ in first }
        for (place, label) in type.labels.enumerated() where !previous.labels.contains(label) {
            let before = place == 0 ? type.labels.first { previous.labels.contains($0) } : nil
            let after = place == 0 ? nil : type.labels[place - 1]
            changes.append(
                .addLabel(oldName, label, after: after.map { oldLabels[$0] ?? $0 }, before: before.map { oldLabels[$0] ?? $0 }))
        }
    }

    private mutating func compareSequences() {
        let before = Dictionary(renamed.sequences.map { ($0.tableName, $0) }) { first, _ in first }
        for sequence in new.sequences {
            guard var previous = before[sequence.tableName] else {
                changes.append(.createSequence(sequence))
                continue
            }
            previous.options.generation = sequence.options.generation  // says nothing here
            if previous != sequence { changes.append(.alterSequence(from: previous, to: sequence)) }
        }
        let kept = Set(new.sequences.map(\.tableName))
        changes += renamed.sequences.filter { !kept.contains($0.tableName) }.map { .dropSequence($0) }
    }

    private mutating func compareTables() {
        let before = Dictionary(renamed.tables.map { ($0.name, $0) }) { first, _ in first }
        for table in new.tables {
            guard let previous = before[table.name] else {
                changes.append(.createTable(table))
                continue
            }
            let names = TableNames(old: renames.tables[table.name] ?? table.name, new: table.name)
            if names.old != names.new { changes.append(.renameTable(from: names.old, to: names.new)) }
            let diff = TableDiff(from: previous, to: table, columnRenames: renames.columns[table.name] ?? [:])
            changes += diff.changes.map { .table(names, $0) }
        }
        let kept = Set(new.tables.map(\.name))
        changes += renamed.tables.filter { !kept.contains($0.name) }.map { .dropTable($0.name) }
    }

    private mutating func compareObjects() {
        let before = Dictionary(old.objects.map { ($0.id, $0) }) { first, _ in first }
        for object in new.objects {
            guard let previous = before[object.id] else {
                changes.append(.createObject(object))
                continue
            }
            if previous.create.trimmedSpaces != object.create.trimmedSpaces {
                changes.append(.replaceObject(from: previous, to: object))
            }
        }
        let kept = Set(new.objects.map(\.id))
        changes += old.objects.filter { !kept.contains($0.id) }.map { .dropObject($0) }
    }
}
