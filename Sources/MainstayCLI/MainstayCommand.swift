import ArgumentParser

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
            DoctorCommand.self, DemoCommand.self, VersionCommand.self,
        ])
}
