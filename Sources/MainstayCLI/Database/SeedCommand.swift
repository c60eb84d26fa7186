import ArgumentParser
import Mainstay
import Migrations

struct SeedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seed", abstract: "Make development data: a user to sign in as, an organization, a project, queues and an API key.",
        discussion: """
            Seeding again adds only what is missing. Refuses unless the database's server and BASE_URL are on this machine; --force does it \
            all the same, with a password made at random. `mainstay dev --seed` seeds its private server.

            Examples:
              mainstay db seed
              mainstay db seed --json

            \(SettingOptions.discussion)
            """)

    @Flag(help: "Also where it looks like production.")
    var force = false

    @OptionGroup var report: ReportOptions
    @OptionGroup var options: SettingOptions

    func run() async throws {
        try await Launcher.reportingFailure {
            let configuration = try options.sources(.serve).configuration()
            try report.print(try await DevelopmentData.seed(configuration, isForced: force, logger: DatabaseCommand.logger))
        }
    }
}
