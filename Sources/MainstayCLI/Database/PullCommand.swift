import ArgumentParser
import Mainstay
import Migrations

struct PullCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull", abstract: "Print an existing database as Swift: its tables, types, functions, triggers and views.",
        discussion: """
            Examples:
              mainstay db pull > Tables.swift
              mainstay db pull --schema public --schema billing --prefix Legacy
              mainstay db pull --baseline Migrations

            \(SettingOptions.discussion)
            """)

    @Option(help: ArgumentHelp("A schema to read; may be repeated.", valueName: "name"))
    var schema = ["public"]

    @Option(help: "What the names of all types begin with.")
    var prefix = ""

    @Option(
        help: ArgumentHelp(
            "Also write 0001_baseline into this empty folder, and record it as applied in the database.", valueName: "folder"))
    var baseline: String?

    @OptionGroup var report: ReportOptions
    @OptionGroup var options: SettingOptions

    func run() async throws {
        try await Launcher.reportingFailure {
            let commands = MainstayDatabase.commands(
                databaseURL: try options.sources(.serve).databaseURL(), folder: baseline, logger: DatabaseCommand.logger)
            try report.print(await commands.pull(schemas: schema, prefix: prefix, writesBaseline: baseline != nil))
        }
    }
}
