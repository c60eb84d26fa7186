import ArgumentParser
import Foundation
import Logging
import Mainstay

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the database at DATABASE_URL up to the newest migration.",
        discussion: SettingOptions.discussion)

    @OptionGroup var options: SettingOptions

    func run() async throws {
        try await Launcher.reportingFailure {
            let url = try options.sources(.serve).databaseURL()
            let logger = Logger(label: "mainstay") { LineLogHandler(label: $0, level: .warning, format: .pretty) }
            let applied = try await Migrator(databaseURL: url, logger: logger).migrate()
            if applied.isEmpty {
                Console.write("The database is up to date.")
            } else {
                for id in applied { Console.write("Applied \(id)") }
            }
        }
    }
}

struct DatabaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db", abstract: "Look after the database.", subcommands: [MigrateCommand.self])
}
