import BetterAuth
public import Logging
public import Migrations
import PostgresClient
import TypedSQL

/// The application's database, as `mainstay db` and the processes at their start see it.
public enum MainstayDatabase {
    /// Where a checkout of the project keeps its migrations; programs carry them with them.
    public static let folder = "Sources/Mainstay/Database/Migrations"
    /// What brings a database up to date.
    static let migrateCommand = "mainstay db migrate"

    static let options: MigratorOptions = {
        var options = MigratorOptions(
            ledger: LedgerTable(
                schema: "mainstay_meta", table: "migration", readers: [DatabaseRole.app, DatabaseRole.system],
                lockName: "mainstay.migrate"))
        options.postMigrationSQL = "select maintain_partitions()"
        return options
    }()

    /// - Parameters:
    ///   - databaseURL: Of the owner of the database's objects, who must be allowed to create roles the first time.
    ///   - folder: Of migrations to use in place of those that the program carries.
    public static func commands(databaseURL: String = "", folder: String? = nil, logger: Logger) -> DatabaseCommands {
        var commands = DatabaseCommands(
            schema: MainstaySchema.database, folder: MigrationFolder(folder ?? Self.folder),
            embedded: folder == nil ? migrations : nil, databaseURL: databaseURL, options: options, logger: logger)
        // better-auth may have made these already, in a database that both share.
        commands.adopting = Set(AuthSchema.tables.map(\.name.name))
        return commands
    }

    /// Brings a database up to the newest migration.
    ///
    /// - Returns: The ids applied by this call, none when the database was up to date.
    /// - Throws: ``MigrationError``; nothing of the migration it names remains.
    public static func migrate(_ databaseURL: String, logger: Logger) async throws -> [String] {
        try await migrator(logger: logger).migrate(databaseURL: databaseURL)
    }

    static func migrator(logger: Logger) throws(MigrationError) -> Migrator {
        Migrator(try MigrationList(migrations), options: options, logger: logger)
    }
}
