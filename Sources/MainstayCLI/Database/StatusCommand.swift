import ArgumentParser
import Mainstay
import Migrations

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Which migrations are applied, pending, begun, changed or unknown. Exits with 3 unless all are applied.",
        discussion: """
            Examples:
              mainstay db status
              mainstay db status --json

            \(SettingOptions.discussion)
            """)

    @OptionGroup var migrations: FolderOptions
    @OptionGroup var report: ReportOptions
    @OptionGroup var options: SettingOptions

    func run() async throws {
        try await Launcher.reportingFailure {
            let commands = MainstayDatabase.commands(
                databaseURL: try options.sources(.serve).databaseURL(), folder: migrations.folder, logger: DatabaseCommand.logger)
            try report.print(await commands.status())
        }
    }
}
