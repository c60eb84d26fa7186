/// How a database's ledger compares with the migrations of this program.
public struct MigrationState: Hashable, Sendable {
    public var applied: [String] = []
    /// In the order in which they would be applied.
    public var pending: [String] = []
    /// Applied with another text than ours.
    public var changed: [String] = []
    /// Applied, but not ours: of a newer version, or its folder is gone.
    public var unknown: [String] = []
    /// Those of `unknown` that are not marked compatible.
    public var incompatible: [String] = []
    /// Begun and not finished: some of its steps are applied.
    public var partial: [String] = []
    /// More than one: branches that were not merged.
    public var heads: [String] = []
    /// Pending, though something that follows it is applied.
    public var late: [String] = []

    init(_ list: MigrationList, _ ledger: MigrationHistory) {
        heads = list.heads
        let ids = list.migrations.map(\.id)
        applied = ids.filter { ledger.applied[$0] != nil }
        pending = ids.filter { ledger.applied[$0] == nil }
        changed = list.migrations.filter { migration in ledger.applied[migration.id].map { $0.checksum != migration.checksum } ?? false }
            .map(\.id)
        unknown = ledger.applied.keys.filter { !ids.contains($0) }.sorted()
        incompatible = unknown.filter { ledger.applied[$0]?.isCompatible != true }
        partial = Set(ledger.steps.map(\.id)).sorted()
        let before = applied.reduce(into: Set<String>()) { $0.formUnion(list.ancestors(of: $1)) }
        late = pending.filter(before.contains)
    }

    /// Throws when the history is not one that may be continued.
    func checkHistory(_ list: MigrationList) throws(MigrationError) {
        try list.checkHeads()
        if let id = changed.first {
            throw MigrationError(
                .changed,
                "\(list[id]?.path ?? id) was changed after it was applied here. Restore its text; changes go into a new migration.")
        }
        if let id = unknown.first {
            throw MigrationError(
                .missing,
                "The database has the migration \(id), and there is no folder of that name. Restore it, or use the version of the program that has it."
            )
        }
        if let id = late.first {
            throw MigrationError(
                .order,
                "\(list[id]?.path ?? id) stands before migrations that are already applied here. Give it the next free number and a line `-- parents: \(heads.first ?? "")`."
            )
        }
    }
}
