/// Something about a migration that may hurt in production.
public struct LintFinding: Hashable, Sendable, CustomStringConvertible {
    public enum Rule: String, Sendable, CaseIterable {
        /// An index that is built while writers wait.
        case indexBlocksWrites = "index-blocks-writes"
        /// A foreign key or check that reads the whole table under its lock.
        case constraintScans = "constraint-scans"
        /// A unique or primary key, or an exclusion, that builds its index under its lock.
        case constraintBuildsIndex = "constraint-builds-index"
        /// NOT NULL that reads the whole table under its lock.
        case notNullScans = "not-null-scans"
        /// A change that writes the whole table anew.
        case rewritesTable = "rewrites-table"
        /// A column that rows which are there cannot have.
        case notNullWithoutDefault = "not-null-without-default"
        /// Programs that run now will meet something that is gone or has another name.
        case breaksRunningPrograms = "breaks-running-programs"
        /// A change of every row in one statement.
        case updatesEveryRow = "updates-every-row"
        /// Locks that everyone waits for, on several tables at once.
        case locksManyTables = "locks-many-tables"
        /// A loss of data that is not allowed yet.
        case losesData = "loses-data"
    }

    public var rule: Rule
    public var file: String
    public var line: Int
    public var statement: String
    /// `access exclusive` and so on, on which table.
    public var lock: String?
    public var problem: String
    /// What to write instead.
    public var advice: String

    public var description: String {
        "\(file):\(line): \(rule.rawValue): \(problem)\n  \(statement)\n" + (lock.map { "  Lock: \($0)\n" } ?? "") + "  Instead: \(advice)"
    }
}
