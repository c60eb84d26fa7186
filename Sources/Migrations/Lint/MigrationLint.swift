/// Reads a migration for what it locks, rewrites and breaks. Tables that the migration itself creates have no users yet and are left out.
///
/// A line `-- lint: allow index-blocks-writes queue` in the file says that one is meant, for that table.
public struct MigrationLint: Sendable {
    private let migration: Migration
    private var created: Set<String> = []
    private var exclusive: [String] = []
    /// Checks that were found to hold: NOT NULL need not look again.
    private var validated: Set<String> = []
    public private(set) var findings: [LintFinding] = []

    public init(_ migration: Migration) {
        self.migration = migration
        let script = migration.script
        for statement in script.statements { read(statement) }
        for (loss, statement) in DestructiveChanges.all(in: script) where !migration.allowed.contains(loss) {
            add(.losesData, statement, "it loses data: \(loss)", "review it, then write the line `-- allow: \(loss)`", table: nil)
        }
        let locked = Set(exclusive)
        if locked.count > 3, MigrationStep.steps(of: script).count == 1, let last = script.statements.last {
            add(
                .locksManyTables, last,
                "one transaction locks \(locked.sorted().joined(separator: ", ")) against everyone until its end",
                "separate the tables by lines `-- step`, or into migrations of their own", table: nil)
        }
        let allowed = Set(script.directives("lint").map { $0.split(separator: " ").dropFirst().joined(separator: " ") })
        findings.removeAll {
            allowed.contains($0.rule.rawValue) || allowed.contains("\($0.rule.rawValue) \($0.lock?.split(separator: " ").last ?? "")")
        }
    }

    private mutating func read(_ statement: SQLStatement) {
        var names = NameReader(statement)
        if statement.begins("create", "table") { return created.formUnion(names.names(after: 2)) }
        if statement.begins("create", "index") || statement.begins("create", "unique", "index") { return index(statement) }
        if statement.begins("update"), !statement.tokens.contains(where: { $0.isWord("where") }) {
            let table = names.names(after: 1).first ?? ""
            guard !created.contains(table) else { return }
            return add(
                .updatesEveryRow, statement, "every row of \(table) is written and locked in one transaction",
                "update in batches by key from a job, then add the constraint in a later migration", table: table, lock: "row locks")
        }
        if statement.begins("drop", "table") {
            for table in names.names(after: 2) {
                exclusive.append(table)
                breaks(statement, table, "programs that run now may still use \(table)", "first deploy programs that do not, then drop it")
            }
        }
        if statement.begins("drop", "index"), !statement.tokens.contains(where: { $0.isWord("concurrently") }) {
            add(
                .indexBlocksWrites, statement, "dropping an index waits for, and stops, everyone on its table",
                "drop index concurrently", table: nil, lock: "access exclusive")
        }
        if statement.begins("alter", "table") { alter(statement) }
    }

    private mutating func index(_ statement: SQLStatement) {
        guard !statement.tokens.contains(where: { $0.isWord("concurrently") }),
            let on = statement.tokens.firstIndex(where: { $0.isWord("on") })
        else { return }
        var names = NameReader(statement)
        guard let table = names.names(after: on + 1).first, !created.contains(table) else { return }
        add(
            .indexBlocksWrites, statement, "writes to \(table) wait while the index is built",
            "create index concurrently; in the declaration: .index(…, concurrently: true)", table: table, lock: "share")
    }

    private mutating func alter(_ statement: SQLStatement) {
        var names = NameReader(statement)
        guard let table = names.names(after: 2).first, !created.contains(table) else { return }
        let words = statement.tokens[names.position...].map {
            $0.kind == .word ? $0.text : $0.kind == .quotedName ? "\"\($0.text)\"" : $0.text
        }
        let text = words.joined(separator: " ")
        if text.hasPrefix("validate constraint") {
            if words.count > 2 { validated.insert(table) }
            return
        }
        if text.hasPrefix("add constraint") || text.hasPrefix("add foreign") || text.hasPrefix("add check") || text.hasPrefix("add primary")
            || text.hasPrefix("add unique") || text.hasPrefix("add exclude")
        {
            return constraint(statement, table, text)
        }
        exclusive.append(table)
        if text.hasPrefix("rename") {
            breaks(
                statement, table, "programs that run now use the old name",
                "add the new one, write both, move the readers, drop the old one: see the guide on rolling upgrades")
        } else if text.hasPrefix("drop column") || (text.hasPrefix("drop") && !text.hasPrefix("drop constraint")) {
            breaks(statement, table, "programs that run now may still read the column", "first deploy programs that do not, then drop it")
        } else if text.hasPrefix("add") {
            addColumn(statement, table, text)
        } else if text.contains(" set not null") {
            if validated.contains(table) { return }
            add(
                .notNullScans, statement, "the whole table is read under a lock that stops everyone",
                "add a check (column is not null) not valid, validate it in a later step, then set not null and drop the check",
                table: table, lock: "access exclusive")
        } else if text.contains(" type ") {
            add(
                .rewritesTable, statement, "unless the new type only widens a varchar, the whole table and its indexes are written anew",
                "add a column of the new type, fill it in batches, switch over, drop the old one", table: table, lock: "access exclusive")
        }
    }

    private mutating func constraint(_ statement: SQLStatement, _ table: String, _ text: String) {
        if text.contains("foreign key") || text.contains("check (") {
            exclusive.append(table)
            guard !text.hasSuffix("not valid") else { return }
            add(
                .constraintScans, statement, "every row is checked while the table is locked",
                "add it `not valid` (isValidated: false), then validate it in a later migration", table: table,
                lock: text.contains("foreign key") ? "share row exclusive" : "access exclusive")
        } else if !text.contains("using index") {
            exclusive.append(table)
            add(
                .constraintBuildsIndex, statement, "its index is built while the table is locked",
                "create unique index concurrently, then add the constraint `using index`", table: table, lock: "access exclusive")
        }
    }

    private mutating func addColumn(_ statement: SQLStatement, _ table: String, _ text: String) {
        let volatile = ["gen_random_uuid", "clock_timestamp", "random (", "nextval", "uuid_generate"].contains { text.contains($0) }
        if text.contains("generated always as (") || text.contains("as identity") || (text.contains("default") && volatile) {
            add(
                .rewritesTable, statement, "each row gets a value of its own, so the whole table is written anew",
                "add the column without it, fill rows in batches, then set the default", table: table, lock: "access exclusive")
        } else if text.hasSuffix("not null"), !text.contains("default") {
            add(
                .notNullWithoutDefault, statement, "it fails when the table has rows",
                "give the column a default, or let generate fill it: --fill \(table).column=expression", table: table,
                lock: "access exclusive")
        }
    }

    private mutating func breaks(_ statement: SQLStatement, _ table: String, _ problem: String, _ advice: String) {
        add(.breaksRunningPrograms, statement, problem, advice, table: table, lock: "access exclusive")
    }

    private mutating func add(
        _ rule: LintFinding.Rule, _ statement: SQLStatement, _ problem: String, _ advice: String, table: String?, lock: String? = nil
    ) {
        let held = lock.map { lock in lock + (table.map { " on \($0)" } ?? "") }
        findings.append(
            LintFinding(
                rule: rule, file: migration.path, line: statement.line, statement: statement.summary, lock: held, problem: problem,
                advice: advice))
    }
}
