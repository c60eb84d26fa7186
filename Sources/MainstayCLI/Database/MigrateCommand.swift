import ArgumentParser
import Mainstay
import Migrations

/// `mainstay db migrate`, and `mainstay migrate` for short.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the database at DATABASE_URL up to the newest migration.",
        discussion: """
            `mainstay migrate` and `mainstay db migrate` are the same. Any number of processes may try at once: one works, the others wait.

            Examples:
              mainstay db migrate --dry-run
              mainstay db migrate --json
              mainstay db migrate --database-url postgresql://mainstay@db.example.com/mainstay

            \(SettingOptions.discussion)
            """)

    @Flag(help: "Show the statements and steps of what is pending, and change nothing.")
    var dryRun = false

    @OptionGroup var migrations: FolderOptions
    @OptionGroup var report: ReportOptions
    @OptionGroup var options: SettingOptions

    func run() async throws {
        try await Launcher.reportingFailure {
            var commands = MainstayDatabase.commands(
                databaseURL: try options.sources(.serve).databaseURL(), folder: migrations.folder, logger: DatabaseCommand.logger)
            if !report.json { commands.options.progress = { Console.fail($0) } }
            try report.print(await commands.migrate(isDryRun: dryRun))
        }
    }
}
