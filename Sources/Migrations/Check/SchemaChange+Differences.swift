import TypedSQL

extension SchemaChange {
    /// In words, when the first schema is the database's and the second the declared one.
    var differences: [SchemaDifference] {
        func one(_ object: String, _ problem: String) -> [SchemaDifference] { [SchemaDifference(object: object, problem: problem)] }
        switch self {
        case .createSchema(let name): return one("schema \(name)", "is missing")
        case .dropSchema(let name): return one("schema \(name)", "is not declared")
        case .createExtension(let name): return one("extension \(name)", "is missing")
        case .dropExtension(let name): return one("extension \(name)", "is not declared")
        case .createRole(let role): return one("role \(role.name)", "is missing")
        case .grantSchema(let grant):
            return one("schema \(grant.schema)", "does not grant \(grant.privileges.words) to \(grant.roles.joined(separator: ", "))")
        case .revokeSchema(let grant):
            return one(
                "schema \(grant.schema)",
                "grants \(grant.privileges.words) to \(grant.roles.joined(separator: ", ")), which is not declared")
        case .createEnum(let type): return one("type \(type.tableName.plain)", "is missing")
        case .dropEnum(let type): return one("type \(type.tableName.plain)", "is not declared")
        case .renameEnum, .renameLabel, .renameTable: return []
        case .addLabel(let type, let label, _, _): return one("type \(type.plain)", "lacks the value \(literal(label))")
        case .rebuildEnum(let from, let to):
            return one("type \(to.tableName.plain)", "has the values \(from.labels.words), declared are \(to.labels.words)")
        case .createSequence(let sequence): return one("sequence \(sequence.tableName.plain)", "is missing")
        case .dropSequence(let sequence): return one("sequence \(sequence.tableName.plain)", "is not declared")
        case .alterSequence(_, let to): return one("sequence \(to.tableName.plain)", "differs from\(to.options.allSequenceClauses)")
        case .createTable(let table): return one("table \(table.name.plain)", "is missing")
        case .dropTable(let name): return one("table \(name.plain)", "is not declared")
        case .createObject(let object): return one(object.id, "is missing")
        case .dropObject(let object): return one(object.id, "is not declared")
        case .replaceObject(let from, let to):
            return one(to.id, "is defined differently:\n\(from.create.firstDifference(from: to.create))")
        case .table(let names, let change): return change.differences(names.new.plain)
        }
    }
}

extension TableChange {
    fileprivate func differences(_ table: String) -> [SchemaDifference] {
        func one(_ object: String, _ problem: String) -> [SchemaDifference] { [SchemaDifference(object: object, problem: problem)] }
        func column(_ column: ColumnSchema, _ problem: String) -> [SchemaDifference] { one("column \(table).\(column.name)", problem) }
        switch self {
        case .addColumn(let added): return column(added, "is missing")
        case .dropColumn(let dropped): return column(dropped, "is not declared")
        case .renameColumn: return []
        case .changeType(let from, let to):
            let collations =
                from.collation == to.collation
                ? "" : " (collation \(from.collation ?? "default"), declared is \(to.collation ?? "default"))"
            return column(to, "has the type \(from.type), declared is \(to.type)\(collations)")
        case .changeDefault(let from, let to):
            return column(to, "has the default \(from.defaultValue ?? "none"), declared is \(to.defaultValue ?? "none")")
        case .changeNullability(_, let to):
            return column(to, to.isNullable ? "is not null, declared is null" : "can be null, declared is not null")
        case .changeIdentity(let from, let to):
            return column(to, "has the identity \(from.identity?.words ?? "none"), declared is \(to.identity?.words ?? "none")")
        case .changeGenerated(let from, let to):
            return column(to, "is computed from \(from.generated ?? "nothing"), declared is \(to.generated ?? "nothing")")
        case .changeColumnComment(let from, let to):
            return column(to, "has the comment \(from.comment.words), declared is \(to.comment.words)")
        case .changeComment(let from, let to): return one("table \(table)", "has the comment \(from.words), declared is \(to.words)")
        case .addConstraint(let constraint):
            return one("constraint \(constraint.name) of \(table)", "should be: \(plainNames(constraint.definition))")
        case .dropConstraint(let constraint):
            return one("constraint \(constraint.name) of \(table)", "is: \(plainNames(constraint.definition))")
        case .renameConstraint(let from, let to): return one("constraint \(from) of \(table)", "should be named \(to)")
        case .validateConstraint(let constraint): return one("constraint \(constraint.name) of \(table)", "is not validated")
        case .addIndex(let index): return one("index \(index.name) of \(table)", "should be: \(index.words(on: table))")
        case .dropIndex(let index):
            return one(
                "index \(index.name) of \(table)", index.parameters["invalid"] == nil ? "is: \(index.words(on: table))" : "is invalid")
        case .renameIndex(let from, let to): return one("index \(from) of \(table)", "should be named \(to)")
        case .addPartition(let partition, let parent):
            return one("partition \(partition.name.plain) of \(parent.plain)", "should be: \(partition.bounds)")
        case .dropPartition(let partition, let parent):
            return one("partition \(partition.name.plain) of \(parent.plain)", "is: \(partition.bounds)")
        case .changePartitioning(let from, let to):
            return one("table \(table)", "is partitioned \(from?.clause ?? "not at all"), declared is \(to?.clause ?? "not at all")")
        case .changeRowSecurity(let from, let to):
            return one("table \(table)", "has row security \(from.rawValue), declared is \(to.rawValue)")
        case .addPolicy(let policy):
            return one("policy \(policy.name) of \(table)", "should be: \(plainNames(policy.createStatement(on: TableName(table))))")
        case .dropPolicy(let policy):
            return one("policy \(policy.name) of \(table)", "is: \(plainNames(policy.createStatement(on: TableName(table))))")
        case .grant(let privileges, let role): return one("table \(table)", "does not grant \(privileges.words) to \(role)")
        case .revoke(let privileges, let role): return one("table \(table)", "grants \(privileges.words) to \(role), which is not declared")
        }
    }
}

extension Sequence where Element: RawRepresentable, Element.RawValue == String {
    fileprivate var words: String { map(\.rawValue).joined(separator: ", ") }
}

extension [String] {
    fileprivate var words: String { map { literal($0) }.joined(separator: ", ") }
}

extension String? {
    fileprivate var words: String { map { literal($0) } ?? "none" }
}

extension IdentitySchema {
    fileprivate var words: String { generation.rawValue + options }
}

extension IndexSchema {
    fileprivate func words(on table: String) -> String { plainNames(createStatement(on: TableName(table))) }
}

extension String {
    /// The first line in which they differ.
    fileprivate func firstDifference(from declared: String) -> String {
        let ours = split(separator: "\n", omittingEmptySubsequences: false)
        let theirs = declared.split(separator: "\n", omittingEmptySubsequences: false)
        let place = zip(ours, theirs).enumerated().first { $1.0 != $1.1 }?.offset ?? Swift.min(ours.count, theirs.count)
        func line(_ lines: [Substring]) -> Substring { place < lines.count ? lines[place] : "(nothing)" }
        return "  database, line \(place + 1): \(line(ours))\n  declared, line \(place + 1): \(line(theirs))"
    }
}
