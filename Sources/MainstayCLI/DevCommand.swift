import ArgumentParser
import DevServices
import Foundation
import Logging
import Mail
import Mainstay
import Migrations
import Synchronization

struct DevCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "Everything in one process, nothing to configure: private servers, migrations, HTTP and a worker.",
        discussion: SettingOptions.discussion)

    @Option(help: "Where the private servers keep their data, and the secrets made once.")
    var folder = ".mainstay"

    @Flag(help: "Make development data first, as `mainstay db seed` does.")
    var seed = false

    @Flag(help: "Run the demo story once everything answers, and keep serving.")
    var story = false

    @Flag(help: "With --story: end after the story, with its exit code.")
    var once = false

    @OptionGroup var options: SettingOptions

    func validate() throws {
        if once, !story { throw ValidationError("--once goes with --story.") }
    }

    func run() async throws {
        try await Launcher.reportingFailure {
            let sources = try options.sources(.dev)
            // Before anything is made or started.
            try sources.check()
            let secrets = try DevSecrets.load(folder: folder)
            let servers = try await startServers(sources)
            do {
                let made = DevDefaults.made(servers, secrets)
                try RunningDev.write(made, folder: folder)
                try await serve(sources.adding(made: made))
            } catch {
                RunningDev.remove(folder: folder)
                await servers.stop()
                throw error
            }
            RunningDev.remove(folder: folder)
            await servers.stop()
            Console.progress("Stopped.")
        }
    }

    /// The servers whose places are not taken by ones that somebody named.
    private func startServers(_ sources: SettingSources) async throws -> DevServices {
        let options = DevServicesOptions(postgres: !sources.isSet("DATABASE_URL"), redis: !sources.isSet("REDIS_URL"))
        let names = [(options.postgres, "PostgreSQL"), (options.redis, "Redis")].filter(\.0).map(\.1)
        if !names.isEmpty {
            Console.progress("Starting private \(names.joined(separator: " and ")) server\(names.count == 1 ? "" : "s") under \(folder) …")
        }
        return try await DevServices.start(in: folder, options: options)
    }

    private func migrate(_ url: String, isPrivate: Bool, _ logger: Logger) async throws -> [String] {
        do {
            return try await MainstayDatabase.migrate(url, logger: logger)
        } catch let error as MigrationError where isPrivate && [.changed, .missing].contains(error.code) {
            throw LaunchError(description: "\(error)\nOr delete the folder \(folder), with the private database in it, to begin anew.")
        }
    }

    private func serve(_ sources: SettingSources) async throws {
        let configuration = try sources.configuration()
        let logger = Launcher.logger(configuration)
        Launcher.warn(sources, logger)
        let applied = try await migrate(configuration.databaseURL, isPrivate: !sources.isSet("DATABASE_URL"), logger)
        Console.progress(applied.isEmpty ? "The database is up to date." : "Applied \(applied.joined(separator: ", ")).")
        if seed { Console.progress(try await DevelopmentData.seed(configuration, logger: logger).text) }
        let succeeded = Atomic(true)
        let (story, once, url) = (story, once, configuration.baseURL)
        try await Launcher.run([.server, .worker], configuration: configuration, mailbox: DevelopmentMailbox()) {
            guard story else {
                Console.progress("Serving on \(url) until Ctrl-C.")
                return false
            }
            do {
                let report = try await DemoStory(baseURL: url, output: .standard(environment: ProcessInfo.processInfo.environment)).run {
                    _ in
                    guard !once else { return }
                    Console.progress("\nServing on \(url) until Ctrl-C.")
                    // The story's receiver listens meanwhile, so that the lines above can be pasted.
                    while !Task.isCancelled { try await Task.sleep(for: .seconds(3600)) }
                }
                if !report.succeeded { succeeded.store(false, ordering: .relaxed) }
            } catch {
                // Cancelled by the shutdown that Ctrl-C asked for.
            }
            return true
        }
        if !succeeded.load(ordering: .relaxed) { throw ExitCode.failure }
    }
}
