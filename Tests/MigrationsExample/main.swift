import Logging
import Migrations
import PostgresClient
import Primitives
import TypedSQL

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

// A stranger's program: its own tables, and the commands of its database.
//
//     DATABASE_URL=… MIGRATIONS=folder MigrationsExample COMMAND [--json]
//
//     generate [--name NAME] [--rename HINT]… [--drop WHAT]… [--fill COLUMN=SQL]… [--custom] [--merge] [--dry-run]
//     migrate [--dry-run] | status | check | lint | seed | pull | serve

let arguments = CommandLine.arguments.dropFirst()
let environment = ProcessInfo.processInfo.environment
let logger: Logger = {
    var logger = Logger(label: "library")
    logger.logLevel = .error
    return logger
}()

/// Every value of an option.
func values(_ name: String) -> [String] {
    zip(arguments, arguments.dropFirst()).filter { $0.0 == name }.map(\.1)
}

let commands = DatabaseCommands(
    schema: librarySchema, folder: MigrationFolder(environment["MIGRATIONS"] ?? "Migrations"),
    databaseURL: environment["DATABASE_URL"] ?? "",
    options: MigratorOptions(ledger: LedgerTable(schema: "library_meta", readers: ["library_reader"])), logger: logger)

func seed(_ connection: PostgresConnection) async throws {
    let author = try await connection.one(Author.insert(.init(name: "Ann")).returning())
    try await connection.run(Book.insert(.init(authorID: author.id, title: "A Book", pages: 10)))
}

func serve() async -> Int32 {
    do {
        let pool = try PostgresPool(PostgresPoolConfiguration(url: commands.databaseURL), logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            let migrator = Migrator(try commands.folder.migrations(), options: commands.options, logger: logger)
            do {
                try await migrator.checkVersion(of: pool, command: "library db migrate")
                print("serving")
            } catch {
                await pool.close()
                throw error
            }
            await pool.close()
            try await group.waitForAll()
            return 0
        }
    } catch {
        print(error)
        return 1
    }
}

func generateOptions() throws(MigrationError) -> GenerateOptions {
    var options = GenerateOptions()
    options.name = values("--name").last
    for text in values("--rename") { options.renames.append(try RenameHint(text)) }
    for text in values("--fill") { options.fills.append(try ColumnFill(text)) }
    options.drops = Set(values("--drop"))
    options.isCustom = arguments.contains("--custom")
    options.isMerge = arguments.contains("--merge")
    return options
}

func report(for command: String?) async throws(MigrationError) -> CommandReport? {
    switch command {
    case "generate": return await commands.generate(try generateOptions(), isDryRun: arguments.contains("--dry-run"))
    case "migrate": return await commands.migrate(isDryRun: arguments.contains("--dry-run"))
    case "status": return await commands.status()
    case "check": return await commands.check()
    case "lint": return await commands.lint()
    case "seed": return await commands.seed(seed)
    case "pull": return await commands.pull()
    default: return nil
    }
}

if arguments.first == "serve" { exit(await serve()) }
do {
    guard let report = try await report(for: arguments.first) else {
        print("usage: MigrationsExample generate|migrate|status|check|lint|seed|pull|serve")
        exit(2)
    }
    print(report.output(asJSON: arguments.contains("--json")))
    exit(report.exitCode)
} catch {
    print(error)
    exit(1)
}
