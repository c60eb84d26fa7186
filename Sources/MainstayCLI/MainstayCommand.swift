import ArgumentParser

/// `mainstay`: one subcommand a file.
@main
struct MainstayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mainstay",
        abstract: "A complete multi-tenant backend for durable work over PostgreSQL and Redis.",
        discussion:
            "Settings come from the environment: DATABASE_URL, REDIS_URL, BETTER_AUTH_SECRET, ENCRYPTION_KEYS and others; see README.md.",
        subcommands: [
            ServeCommand.self, WorkerCommand.self, DevCommand.self, MigrateCommand.self, DatabaseCommand.self, DemoCommand.self,
            VersionCommand.self,
        ])
}
