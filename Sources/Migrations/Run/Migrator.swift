public import Logging
public import PostgresClient

/// How a run of migrations deals with others who use the database.
public struct MigratorOptions: Sendable {
    public var ledger = LedgerTable()
    /// How long a statement waits for a lock on a table. Everyone who comes after it waits as well, so it is short.
    public var lockTimeout: Duration = .seconds(3)
    /// How often a migration is tried in all when locks are not to be had.
    public var attempts = 10
    /// How long to wait for another process that migrates.
    public var lockWaitTimeout: Duration = .seconds(600)
    /// SQL for the end of every run, also one that had nothing to apply.
    public var postMigrationSQL: String?
    /// Told in words what is under way, for people who watch: each migration, and each wait for somebody else.
    public var progress: (@Sendable (String) -> Void)?

    public init(ledger: LedgerTable = LedgerTable()) { self.ledger = ledger }
}

/// Brings a database up to the newest migration.
///
/// One advisory lock covers the whole run, so two processes may try at once: the second waits, then finds nothing to do. What is pending is
/// what the folder has and the ledger has not. Each migration is one transaction with its row in the ledger, unless it has statements that
/// cannot be in one; then it has steps, and a run that was cut off continues behind the last.
public struct Migrator: Sendable {
    private let list: MigrationList
    private let options: MigratorOptions
    private let logger: Logger

    public init(_ list: MigrationList, options: MigratorOptions = MigratorOptions(), logger: Logger) {
        self.list = list
        self.options = options
        self.logger = logger
    }

    /// What is applied, without changing anything.
    public func state(of database: some PostgresQueryable) async throws(PostgresError) -> MigrationState {
        MigrationState(list, try await MigrationHistory(reading: options.ledger, on: database))
    }

    /// Throws unless programs with these migrations can work on the database: nothing is pending, and what is newer is marked compatible.
    ///
    /// - Parameter command: What the operator should run.
    public func checkVersion(of database: some PostgresQueryable, command: String) async throws {
        let state = try await state(of: database)
        if !state.pending.isEmpty {
            let count = state.pending.count
            throw MigrationError(.version, "The database lacks \(count) migration\(count == 1 ? "" : "s"). Run: \(command)")
        }
        if let id = state.incompatible.first {
            throw MigrationError(
                .version,
                "The database has the migration \(id), which this version does not know and which is not marked compatible with it. Run the newer version."
            )
        }
    }

    /// Applies what is pending.
    ///
    /// - Parameter databaseURL: Of the role that owns the database's objects.
    /// - Returns: The ids applied by this call, none when the database was up to date.
    /// - Throws: ``MigrationError``; nothing of the migration it names remains, unless it says which steps do.
    public func migrate(databaseURL: String) async throws -> [String] {
        try await DatabaseSession.run(url: databaseURL, logger: logger) { connection in
            try await migrate(on: connection)
        }
    }

    private func migrate(on connection: PostgresConnection) async throws -> [String] {
        try check(MigrationState(list, try await MigrationHistory(reading: options.ledger, on: connection)))
        try await lock(connection)
        try await connection.executeScript(MigrationHistory.create(options.ledger))
        try await connection.executeScript(Self.publicFirst)
        let ledger = try await MigrationHistory(reading: options.ledger, on: connection)
        // Another process may have been at work while this one waited.
        let state = MigrationState(list, ledger)
        try check(state)
        for id in state.pending {
            guard let migration = list[id] else { continue }
            logger.info("Applying migration", metadata: ["migration": .string(id)])
            options.progress?("Applying \(id) …")
            try await MigrationRun(migration, steps: ledger.steps.filter { $0.id == id }, options: options, logger: logger).apply(
                on: connection)
        }
        try await finish(connection)
        return state.pending
    }

    /// What names no schema is in `public`, also for an owner who has a schema of its own name, which comes first otherwise. Those of
    /// extensions stay within reach.
    private static let publicFirst = """
        select set_config('search_path', string_agg(quote_ident(name), ', ' order by place), false)
        from unnest(array_prepend('public'::name, array_remove(current_schemas(false), 'public'::name))) with ordinality path (name, place)
        """

    /// Before anything is changed.
    private func check(_ state: MigrationState) throws(MigrationError) {
        try state.checkHistory(list)
        for id in state.pending {
            guard let migration = list[id] else { continue }
            try DestructiveChanges.check(migration)
            if let statement = migration.script.statements.first(where: \.controlsTransactions) {
                throw MigrationError(
                    .unsupported,
                    "\(migration.path):\(statement.line): \(statement.summary)\nTransactions are the migrator's: write a line `-- step` where a commit is wanted."
                )
            }
        }
    }

    /// Polls: a session that waits inside the server for the lock would keep `create index concurrently` of the other from ending.
    private func lock(_ connection: PostgresConnection) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now + options.lockWaitTimeout
        var isWaiting = false
        while true {
            let rows = try await connection.query("select pg_try_advisory_lock(hashtext(\(options.ledger.lockName)), 0)")
            if let row = rows.first, try row.decode(Bool.self) { return }
            guard clock.now < deadline else {
                throw MigrationError(
                    .locked, "Another process has been migrating this database for \(options.lockWaitTimeout). Nothing was done.")
            }
            if !isWaiting { options.progress?("Another process is migrating this database: waiting for it …") }
            isWaiting = true
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Every time, since a run may have been killed after its last migration and before this.
    private func finish(_ connection: PostgresConnection) async throws {
        if !options.ledger.readers.isEmpty {
            let readers = quoted(options.ledger.readers)
            try await connection.executeScript(
                """
                grant usage on schema \(quoted(options.ledger.schema)) to \(readers);
                grant select on \(options.ledger.name), \(options.ledger.stepName) to \(readers);
                """
            )
        }
        if let script = options.postMigrationSQL { try await connection.executeScript(script) }
    }
}

extension SQLStatement {
    fileprivate var controlsTransactions: Bool {
        ["begin", "commit", "rollback", "savepoint", "abort", "end"].contains { begins($0) } || begins("start", "transaction")
    }
}
