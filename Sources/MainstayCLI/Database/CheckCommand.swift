import ArgumentParser
import Mainstay
import Migrations

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Compare the database with what is declared, exactly. Exits with 3 for differences.",
        discussion: """
            Changes nothing. Tables that are shared with better-auth may have more than is declared; what else another program keeps in the \
            same database is named with --ignore.

            Examples:
              mainstay db check
              mainstay db check --json
              mainstay db check --ignore invoice --ignore user.id --ignore view.monthly_revenue

            \(SettingOptions.discussion)
            """)

    @Option(help: ArgumentHelp("A table, column or object that is not ours; may be repeated.", valueName: "name"))
    var ignore: [String] = []

    @OptionGroup var report: ReportOptions
    @OptionGroup var options: SettingOptions

    func run() async throws {
        try await Launcher.reportingFailure {
            var commands = MainstayDatabase.commands(
                databaseURL: try options.sources(.serve).databaseURL(), logger: DatabaseCommand.logger)
            commands.ignoring = Set(ignore)
            try report.print(await commands.check())
        }
    }
}
