import ArgumentParser
import Configuration
import DevServices
import Foundation
import Mainstay
import Synchronization

struct DevCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "Everything in one process, nothing to configure: private servers, migrations, HTTP and a worker.")

    @Option(help: "Where the private servers keep their data, and the secrets made once.")
    var folder = ".mainstay"

    @Option(help: "The port to listen on; PORT, else 3000, when not given.")
    var port: Int?

    @Flag(help: "Run the demo story once everything answers, and keep serving.")
    var story = false

    @Flag(help: "With --story: end after the story, with its exit code.")
    var once = false

    func validate() throws {
        if once, !story { throw ValidationError("--once goes with --story.") }
    }

    func run() async throws {
        try await Launcher.reportingFailure {
            Console.write("Starting private PostgreSQL and Redis servers under \(folder) …")
            let secrets = try DevSecrets.load(folder: folder)
            let servers = try await DevServices.start(in: folder)
            do {
                try await serve(with: servers, secrets)
            } catch {
                await servers.stop()
                throw error
            }
            await servers.stop()
            Console.write("Stopped.")
        }
    }

    private func serve(with servers: DevServices, _ secrets: DevSecrets) async throws {
        let configuration = try DevDefaults.configuration(servers: servers, secrets: secrets, port: port)
        let logger = Launcher.logger(configuration)
        let applied = try await Migrator(databaseURL: configuration.databaseURL, logger: logger).migrate()
        Console.write(applied.isEmpty ? "The database is up to date." : "Applied \(applied.joined(separator: ", ")).")
        let succeeded = Atomic(true)
        let (story, once, url) = (story, once, configuration.baseURL)
        try await Launcher.run([.server, .worker], configuration: configuration) {
            guard story else {
                Console.write("Serving on \(url) until Ctrl-C.")
                return false
            }
            do {
                let report = try await DemoStory(baseURL: url, output: .standard(environment: ProcessInfo.processInfo.environment)).run {
                    _ in
                    guard !once else { return }
                    Console.write("\nServing on \(url) until Ctrl-C.")
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
