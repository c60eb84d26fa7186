import ArgumentParser
import Mainstay
import Migrations

struct LintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Read migrations for what they lock, rewrite, lose and break. Exits with 3 when there is something to say.",
        discussion: """
            Needs no database. A line `-- lint: allow RULE TABLE` in the file says that a finding is known.

            Examples:
              mainstay db lint
              mainstay db lint 0003_add_labels --folder Sources/Mainstay/Database/Migrations
            """)

    @Argument(help: "Ids of migrations; the newest when left out.")
    var ids: [String] = []

    @OptionGroup var migrations: FolderOptions
    @OptionGroup var report: ReportOptions

    func run() async throws {
        try await Launcher.reportingFailure {
            let commands = MainstayDatabase.commands(folder: migrations.folder, logger: DatabaseCommand.logger)
            try report.print(await commands.lint(ids.isEmpty ? nil : ids))
        }
    }
}
