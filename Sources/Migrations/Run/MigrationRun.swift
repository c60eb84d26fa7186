import Logging
import PostgresClient
import Primitives

/// Applies one migration.
struct MigrationRun {
    private let migration: Migration
    private let steps: [MigrationStep]
    /// Of an earlier run that was cut off.
    private let earlier: [MigrationHistory.Step]
    private let options: MigratorOptions
    private let logger: Logger

    init(_ migration: Migration, steps: [MigrationHistory.Step], options: MigratorOptions, logger: Logger) {
        self.migration = migration
        self.steps = MigrationStep.steps(of: migration.script)
        earlier = steps
        self.options = options
        self.logger = logger
    }

    func apply(on connection: PostgresConnection) async throws {
        for entry in earlier where entry.isDone {
            guard entry.number < steps.count, checksum(steps[entry.number]) == entry.checksum else {
                throw MigrationError(
                    .changed,
                    "Step \(entry.number + 1) of \(migration.path) is applied here with another text. Restore it; later steps may change.")
            }
        }
        guard steps.count > 1 || steps.first?.kind == .outside else {
            return try await retrying { try await transaction(steps.first?.statements ?? [], finishing: [ledgerRow], on: connection) }
        }
        for (number, step) in steps.enumerated() where !earlier.contains(where: { $0.number == number && $0.isDone }) {
            let end = number == steps.count - 1 ? [ledgerRow, forgetSteps] : [mark(number, isDone: true)]
            switch step.kind {
            case .transaction:
                try await retrying(step: number) { try await transaction(step.statements, finishing: end, step: number, on: connection) }
            case .outside:
                try await outside(step.statements[0], number: number, finishing: end, on: connection)
            }
        }
    }

    // MARK: Statements

    private func transaction(_ statements: [SQLStatement], finishing: [String], step: Int? = nil, on connection: PostgresConnection)
        async throws
    {
        try await connection.executeScript("begin; set local lock_timeout = \(options.lockTimeout.wholeMilliseconds)")
        do {
            for statement in statements { try await run(statement, step: step, on: connection) }
            try await connection.executeScript(finishing.joined(separator: ";\n"))
            try await commit(statements, step: step, on: connection)
        } catch {
            try? await connection.executeScript("rollback")
            throw error
        }
    }

    /// Deferred constraints speak up only now.
    private func commit(_ statements: [SQLStatement], step: Int?, on connection: PostgresConnection) async throws {
        do throws(PostgresError) {
            try await connection.executeScript("commit")
        } catch {
            guard error.code == .server, let last = statements.last else { throw error }
            throw failure(error, last, step: step)
        }
    }

    private func run(_ statement: SQLStatement, step: Int?, on connection: PostgresConnection) async throws {
        do throws(PostgresError) {
            try await connection.executeScript(statement.text)
        } catch {
            throw failure(error, statement, step: step)
        }
    }

    /// A statement that no transaction protects: that it began is written down first, so that a later run knows what it may find.
    private func outside(_ statement: SQLStatement, number: Int, finishing: [String], on connection: PostgresConnection) async throws {
        let wasBegun = earlier.contains { $0.number == number }
        if !wasBegun { try await connection.executeScript(mark(number, isDone: false)) }
        let isThere = wasBegun ? try await tidy(statement, on: connection) : false
        if !isThere {
            let timeout = options.lockTimeout.wholeMilliseconds
            try await retrying(step: number) {
                try await connection.executeScript("set lock_timeout = \(timeout)")
                do {
                    try await run(statement, step: number, on: connection)
                    try await connection.executeScript("reset lock_timeout")
                } catch {
                    try? await connection.executeScript("reset lock_timeout")
                    // What is left of an index whose building failed is no use to anyone.
                    _ = try? await tidy(statement, on: connection)
                    throw error
                }
            }
        }
        try await connection.executeScript((["begin"] + finishing + ["commit"]).joined(separator: ";\n"))
    }

    /// Drops the invalid rest of an index.
    /// - Returns: Whether the index is there and valid.
    private func tidy(_ statement: SQLStatement, on connection: PostgresConnection) async throws -> Bool {
        guard let index = statement.concurrentIndex else { return false }
        let rows = try await connection.query("select indisvalid from pg_index where indexrelid = to_regclass(\(index))")
        guard let row = rows.first else { return false }
        if try row.decode(Bool.self) { return true }
        try await connection.executeScript("drop index concurrently if exists \(index)")
        return false
    }

    // MARK: MigrationHistory

    private var ledgerRow: String {
        """
        insert into \(options.ledger.name) (id, checksum, compatible)
        values (\(literal(migration.id)), '\\x\(Hex.encode(migration.checksum))', \(migration.isCompatible))
        """
    }

    private var forgetSteps: String { "delete from \(options.ledger.stepName) where id = \(literal(migration.id))" }

    private func mark(_ number: Int, isDone: Bool) -> String {
        """
        insert into \(options.ledger.stepName) (id, number, checksum, done)
        values (\(literal(migration.id)), \(number), '\\x\(Hex.encode(checksum(steps[number])))', \(isDone))
        on conflict (id, number) do update set checksum = excluded.checksum, done = excluded.done
        """
    }

    private func checksum(_ step: MigrationStep) -> [UInt8] {
        SHA256.hash(Array(step.statements.map(\.text).joined(separator: ";\n").utf8))
    }

    // MARK: Failures

    /// Tries again what another session was in the way of.
    private func retrying(step: Int? = nil, _ body: () async throws -> Void) async throws {
        var delay = Duration.milliseconds(100)
        for attempt in 1... {
            do {
                return try await body()
            } catch let error as MigrationError {
                guard attempt < options.attempts, Self.isPassing(error.sqlState, attempt: attempt) else { throw error }
                logger.info(
                    "Another session is in the way, trying again",
                    metadata: ["migration": .string(migration.id), "sqlState": .string(error.sqlState ?? ""), "attempt": "\(attempt)"])
                options.progress?("Another session is in the way of \(migration.id): trying again, \(attempt + 1) of \(options.attempts) …")
                try await Task.sleep(for: delay)
                delay = min(delay * 2, .seconds(5))
            }
        }
    }

    /// Lock timeout, deadlock, serialization failure; and, some times, what comes of two databases making the same role at one moment:
    /// a session has not heard of the role yet (42704), or both write its row (XX000, 23505).
    private static func isPassing(_ sqlState: String?, attempt: Int) -> Bool {
        switch sqlState {
        case "55P03", "40P01", "40001": true
        case "42704", "XX000": attempt <= 3
        default: false
        }
    }

    private func failure(_ error: PostgresError, _ statement: SQLStatement, step: Int?) -> MigrationError {
        let place = "\(migration.path):\(statement.line + lineOffset(error, statement))"
        let rest: String
        if let step, step > 0 || steps.count > 1 {
            rest =
                step == 0
                ? "Nothing of \(migration.id) is applied."
                : "Step \(step + 1) of \(steps.count) left nothing behind; those before it stay applied, and the next run continues here."
        } else {
            rest = "Nothing of \(migration.id) is applied."
        }
        return MigrationError(.statement, "\(place): \(error)\nStatement: \(statement.summary)\n\(rest)", sqlState: error.sqlState)
    }

    /// Lines between the statement's start and what the server points at.
    private func lineOffset(_ error: PostgresError, _ statement: SQLStatement) -> Int {
        guard let position = error.position, position > 0 else { return 0 }
        return statement.text.unicodeScalars.prefix(position - 1).count { $0 == "\n" }
    }
}

extension Duration {
    fileprivate var wholeMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
