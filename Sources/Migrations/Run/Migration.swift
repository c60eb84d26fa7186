import Primitives

/// One step of a database's history: reviewed SQL, applied once, never changed afterwards.
///
/// Comments at the top of the SQL are directives:
///
/// - `-- parents: 0003_a 0003_b`: what it follows; without it, the one before it by number.
/// - `-- allow: drop-column runs.output`: this loss was reviewed and is meant.
/// - `-- compatible: yes`: programs that do not know this migration yet keep working.
/// - `-- step` in front of a statement: what came before is committed first.
/// - `-- outside` in front of a statement: it runs outside a transaction. Concurrent indexes need no such line.
public struct Migration: Hashable, Sendable {
    /// `NNNN_name`.
    public let id: String
    public let sql: String
    /// What messages call the file.
    let path: String
    /// As the SQL says; nil when it does not.
    let statedParents: [String]?
    let allowed: Set<String>
    /// Whether older programs keep working once this is applied.
    public let isCompatible: Bool

    public init(id: String, sql: String, path: String? = nil) {
        self.id = id
        self.sql = sql
        self.path = path ?? "\(id)/up.sql"
        let script = SQLScript(sql)
        let parents = script.directives("parents")
        statedParents = parents.isEmpty ? nil : parents.flatMap { $0.split(separator: " ").map(String.init) }.filter { $0 != "none" }
        allowed = Set(script.directives("allow"))
        isCompatible = script.directives("compatible").contains("yes")
    }

    /// SHA-256 of the text without the line breaks at its end.
    public var checksum: [UInt8] {
        var bytes = Array(sql.utf8)
        while bytes.last == UInt8(ascii: "\n") || bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        return SHA256.hash(bytes)
    }

    var script: SQLScript { SQLScript(sql) }
}

/// The migrations of a program, in the order in which they are applied.
public struct MigrationList: Sendable {
    /// Parents come before children, otherwise by id.
    public let migrations: [Migration]
    /// Of each, by id.
    let parents: [String: [String]]

    /// - Throws: ``MigrationError`` when an id occurs twice, a parent is missing, or they form a circle.
    public init(_ migrations: [Migration]) throws(MigrationError) {
        let sorted = migrations.sorted { $0.id < $1.id }
        var parents: [String: [String]] = [:]
        for (place, migration) in sorted.enumerated() {
            guard parents[migration.id] == nil else { throw MigrationError(.order, "The migration \(migration.id) is there twice.") }
            parents[migration.id] = migration.statedParents ?? (place > 0 ? [sorted[place - 1].id] : [])
        }
        for migration in sorted {
            for parent in parents[migration.id] ?? [] where parents[parent] == nil {
                throw MigrationError(
                    .missing,
                    "\(migration.path) follows \(parent), which is not there. Restore that folder, or mend the line `-- parents:`.")
            }
        }
        var ordered: [Migration] = []
        var done: Set<String> = []
        var remaining = sorted
        while !remaining.isEmpty {
            guard let place = remaining.firstIndex(where: { done.isSuperset(of: parents[$0.id] ?? []) }) else {
                throw MigrationError(
                    .order, "These migrations follow each other in a circle: \(remaining.map(\.id).joined(separator: ", ")).")
            }
            let migration = remaining.remove(at: place)
            done.insert(migration.id)
            ordered.append(migration)
        }
        self.migrations = ordered
        self.parents = parents
    }

    /// Those that no other follows: one, unless branches were not merged.
    public var heads: [String] {
        let followed = Set(parents.values.joined())
        return migrations.map(\.id).filter { !followed.contains($0) }
    }

    /// Throws unless there is one head at most.
    func checkHeads() throws(MigrationError) {
        guard heads.count > 1 else { return }
        throw MigrationError(
            .heads, "There are \(heads.count) newest migrations: \(heads.joined(separator: ", ")). Join them: `db generate --merge`.")
    }

    subscript(id: String) -> Migration? { migrations.first { $0.id == id } }

    /// Everything that `id` follows, directly or not.
    func ancestors(of id: String) -> Set<String> {
        var found: Set<String> = []
        var next = parents[id] ?? []
        while let parent = next.popLast() {
            if found.insert(parent).inserted { next += parents[parent] ?? [] }
        }
        return found
    }
}
