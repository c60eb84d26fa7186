import ArgumentParser
import Logging
import Mainstay
import Migrations

/// `mainstay db …`: each subcommand prints a report and ends with its code.
struct DatabaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db", abstract: "Look after the database: generate and apply migrations, compare, seed.",
        discussion: """
            Exit codes: 0 done, 1 could not be done, 2 settings that cannot be used, 3 done and found something (pending migrations, \
            differences, lint).

            Examples:
              mainstay db migrate --dry-run        what would be done
              mainstay db migrate                  bring the database up to date
              mainstay db check                    does the database equal what is declared?
              mainstay db generate --name queues   after a change of the declared tables
            """,
        subcommands: [
            GenerateCommand.self, MigrateCommand.self, StatusCommand.self, CheckCommand.self, SeedCommand.self, PullCommand.self,
            LintCommand.self,
        ])

    /// What goes wrong is in the report: a warning of the pool beside it would say the same again.
    static let logger = Logger(label: "mainstay") { LineLogHandler(label: $0, level: .error, format: .pretty) }
}

/// How a report is printed.
struct ReportOptions: ParsableArguments {
    @Flag(help: "Answer in JSON.")
    var json = false

    /// Prints the report; what could not be done goes to standard error, unless programs read it.
    ///
    /// - Throws: `ExitCode`, unless all is well.
    func print(_ report: CommandReport) throws {
        if report.outcome == .failure, !json {
            Console.fail("mainstay: \(report.text)")
        } else {
            try Console.result(report.output(asJSON: json))
        }
        guard report.outcome == .success else { throw ExitCode(report.exitCode) }
    }
}

/// Which migrations are meant.
struct FolderOptions: ParsableArguments {
    @Option(help: "A folder of migrations, in place of those that this program carries.")
    var folder: String?
}
