import JSON
public import Logging
public import PostgresClient
public import TypedSQL

/// The commands of a program's database: each does its work and returns what to print and with which code to end. Errors of the database
/// and of files are reports, too; nothing is thrown.
///
///     let commands = DatabaseCommands(schema: schema, folder: MigrationFolder("Migrations"), databaseURL: url, logger: logger)
///     let report = await commands.migrate()
///     print(report.output(asJSON: false)); exit(report.exitCode)
public struct DatabaseCommands: Sendable {
    public var schema: DatabaseSchema
    public var folder: MigrationFolder
    /// What a binary carries with it; nil reads the folder.
    public var embedded: [Migration]?
    public var databaseURL: String
    public var options = MigratorOptions()
    /// What is in the database and none of the declaration's business, as for ``SchemaCheck``.
    public var ignoring: Set<String> = []
    /// Names of tables that another program may have made in the same database: see ``GenerateOptions/adopting``.
    public var adopting: Set<String> = []
    public var logger: Logger

    public init(
        schema: DatabaseSchema, folder: MigrationFolder, embedded: [Migration]? = nil, databaseURL: String = "",
        options: MigratorOptions = MigratorOptions(), logger: Logger
    ) {
        self.schema = schema
        self.folder = folder
        self.embedded = embedded
        self.databaseURL = databaseURL
        self.options = options
        self.logger = logger
    }

    private func list() throws(MigrationError) -> MigrationList {
        if let embedded { return try MigrationList(embedded) }
        return try folder.migrations()
    }

    /// Writes the migration from the last snapshot to the declared schema.
    /// - Parameter isDryRun: Only shows it.
    public func generate(_ options: GenerateOptions = GenerateOptions(), isDryRun: Bool = false) async -> CommandReport {
        await reporting {
            let generator = MigrationGenerator(folder)
            var options = options
            options.adopting.formUnion(adopting)
            guard let migration = try generator.migration(to: schema, options: options) else {
                return CommandReport(
                    options.isMerge ? "There is one newest migration: nothing to merge." : "Nothing has changed.", ["migration": nil])
            }
            let lint = MigrationLint(Migration(id: migration.id, sql: migration.sql)).findings
            var text = isDryRun ? migration.sql : "Wrote \(try generator.write(migration)): review up.sql, then run migrate."
            for loss in migration.losses {
                text += "\nMay lose data: \(loss). To apply it, change that line of up.sql from lossy to allow."
            }
            for finding in lint where finding.rule != .losesData { text += "\n\(finding)" }
            return CommandReport(
                text,
                [
                    "migration": .string(migration.id), "sql": .string(migration.sql), "losses": .strings(migration.losses),
                    "lint": .array(lint.map(\.json)),
                ])
        }
    }

    /// Applies what is pending.
    /// - Parameter isDryRun: Only lists it, with its statements and steps; the database is read and not changed.
    public func migrate(isDryRun: Bool = false) async -> CommandReport {
        await reporting {
            let list = try list()
            let migrator = Migrator(list, options: options, logger: logger)
            if isDryRun { return try await plan(list, migrator) }
            let applied = try await migrator.migrate(databaseURL: databaseURL)
            let text = applied.isEmpty ? "The database is up to date." : applied.map { "Applied \($0)" }.joined(separator: "\n")
            return CommandReport(text, ["applied": .strings(applied)])
        }
    }

    private func plan(_ list: MigrationList, _ migrator: Migrator) async throws -> CommandReport {
        let state = try await state(migrator)
        try state.checkHistory(list)
        let pending = state.pending.compactMap { list[$0] }
        for migration in pending { try DestructiveChanges.check(migration) }
        let text = pending.map { migration in
            let steps = MigrationStep.steps(of: migration.script)
            let parts = steps.enumerated().map { number, step in
                let title =
                    steps.count > 1 || step.kind == .outside
                    ? "-- step \(number + 1)\(step.kind == .outside ? ", outside a transaction" : "")\n" : ""
                return title + step.statements.map { $0.text + ";" }.joined(separator: "\n")
            }
            return "-- \(migration.id)\n" + parts.joined(separator: "\n")
        }.joined(separator: "\n\n")
        let json = pending.map { migration in
            JSONValue.object([
                "id": .string(migration.id), "statements": .strings(migration.script.statements.map(\.text)),
            ])
        }
        return CommandReport(text.isEmpty ? "Nothing is pending." : text, ["pending": .array(json)])
    }

    private func state(_ migrator: Migrator) async throws -> MigrationState {
        try await DatabaseSession.run(url: databaseURL, logger: logger, name: "status") { connection in
            try await migrator.state(of: connection)
        }
    }

    /// What is applied and what is not. Findings when something is pending or wrong.
    public func status() async -> CommandReport {
        await reporting {
            let list = try list()
            let state = try await state(Migrator(list, options: options, logger: logger))
            var lines = state.applied.map { "applied  \($0)" } + state.pending.map { "pending  \($0)" }
            lines += state.changed.map { "changed  \($0): its text is not the one that was applied" }
            lines += state.unknown.map { "unknown  \($0): applied, and of a newer version or gone from here" }
            lines += state.partial.map { "partial  \($0): some of its steps are applied; migrate continues" }
            lines += state.late.map { "late     \($0): stands before one that is applied" }
            if state.heads.count > 1 { lines.append("heads    \(state.heads.joined(separator: ", ")): join them with generate --merge") }
            let isFine = state.pending.isEmpty && state.changed.isEmpty && state.unknown.isEmpty && state.heads.count <= 1
            return CommandReport(
                lines.isEmpty ? "There are no migrations." : lines.joined(separator: "\n"),
                [
                    "applied": .strings(state.applied), "pending": .strings(state.pending), "changed": .strings(state.changed),
                    "unknown": .strings(state.unknown), "partial": .strings(state.partial), "late": .strings(state.late),
                    "heads": .strings(state.heads),
                ], isFine ? .success : .findings)
        }
    }

    /// Declared against live: exact differences.
    public func check() async -> CommandReport {
        await reporting {
            let differences = try await SchemaCheck(schema, ignoring: ignoring, adopting: adopting)
                .differences(databaseURL: databaseURL, logger: logger)
            let json = differences.map { JSONValue.object(["object": .string($0.object), "problem": .string($0.problem)]) }
            let text = differences.isEmpty ? "The database is what is declared." : differences.map(\.description).joined(separator: "\n")
            return CommandReport(text, ["differences": .array(json)], differences.isEmpty ? .success : .findings)
        }
    }

    /// Reads migrations for what they lock, rewrite and break.
    /// - Parameter ids: Nil for the newest.
    public func lint(_ ids: [String]? = nil) async -> CommandReport {
        await reporting {
            let list = try list()
            for id in ids ?? [] where list[id] == nil { throw MigrationError(.usage, "There is no migration \(id).") }
            let findings = (ids ?? list.heads).compactMap { list[$0] }.flatMap { MigrationLint($0).findings }
            let text = findings.isEmpty ? "Nothing to say." : findings.map(\.description).joined(separator: "\n")
            return CommandReport(text, ["findings": .array(findings.map(\.json))], findings.isEmpty ? .success : .findings)
        }
    }

    /// Fills the database, in one transaction: all of it or nothing.
    public func seed(_ body: @Sendable (PostgresConnection) async throws -> Void) async -> CommandReport {
        await reporting {
            try await DatabaseSession.run(url: databaseURL, logger: logger, name: "seed") { connection in
                try await connection.executeScript("begin")
                do {
                    try await body(connection)
                    try await connection.executeScript("commit")
                } catch {
                    try? await connection.executeScript("rollback")
                    throw error
                }
            }
            return CommandReport("Seeded.", ["seeded": true])
        }
    }

    /// An existing database as Swift, and as the first migration, which is recorded as applied there.
    ///
    /// - Parameters:
    ///   - prefix: Of the names of all types.
    ///   - writesBaseline: Writes `0001_baseline` and the ledger's row; otherwise nothing but the report is made.
    public func pull(schemas: [String] = ["public"], prefix: String = "", writesBaseline: Bool = false) async -> CommandReport {
        await reporting {
            let pulled = try await SchemaPull.read(databaseURL: databaseURL, schemas: schemas, except: options.ledger, logger: logger)
            let source = SwiftSource(pulled, prefix: prefix).text
            var text = source
            if writesBaseline {
                let id = try await SchemaPull.writeBaseline(
                    pulled, folder: folder, options: options, databaseURL: databaseURL, logger: logger)
                text = "// \(folder.path)/\(id) describes this database and is recorded as applied in it.\n" + source
            }
            return CommandReport(text, ["swift": .string(source), "tables": .strings(pulled.tables.map(\.name.plain))])
        }
    }

    private func reporting(_ body: () async throws -> CommandReport) async -> CommandReport {
        do {
            return try await body()
        } catch let error as MigrationError {
            return CommandReport(error)
        } catch let error as PostgresError {
            let code: MigrationError.Code =
                switch error.code {
                case .server, .decoding: .statement
                case .invalidConfiguration: .usage
                default: .connection
                }
            return CommandReport(MigrationError(code, "\(error)", sqlState: error.sqlState))
        } catch {
            return CommandReport(MigrationError(.statement, "\(error)"))
        }
    }
}

extension JSONValue {
    fileprivate static func strings(_ values: [String]) -> JSONValue { .array(values.map { .string($0) }) }
}

extension LintFinding {
    fileprivate var json: JSONValue {
        .object([
            "rule": .string(rule.rawValue), "file": .string(file), "line": .number(line), "statement": .string(statement),
            "lock": .string(orNull: lock), "problem": .string(problem), "advice": .string(advice),
        ])
    }
}
