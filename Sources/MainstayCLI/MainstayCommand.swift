import ArgumentParser
import Foundation

/// `mainstay`: one subcommand a file.
@main
struct MainstayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mainstay",
        abstract: "A complete multi-tenant backend for durable work over PostgreSQL and Redis.",
        discussion:
            "Settings come from options, the environment and .env: DATABASE_URL, REDIS_URL, BETTER_AUTH_SECRET, ENCRYPTION_KEYS and others. "
            + "`mainstay config` shows them, `mainstay doctor` tries them out.",
        subcommands: [
            ServeCommand.self, WorkerCommand.self, DevCommand.self, MigrateCommand.self, DatabaseCommand.self, ConfigCommand.self,
            DoctorCommand.self, OpenAPICommand.self, CELCommand.self, DemoCommand.self, SuperadminCommand.self, VersionCommand.self,
        ])

    static func main() async {
        Console.holdStandardDescriptors()
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
        } catch {
            let code = exitCode(for: error)
            // The texts of --help and of wrong usage, which only ArgumentParser has, are printed on its way out; none of our threads runs yet.
            guard error is ExitCode else { exit(withError: error) }
            Console.end(code.rawValue)
        }
        Console.end(EXIT_SUCCESS)
    }
}
