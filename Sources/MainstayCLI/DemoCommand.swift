import ArgumentParser
import Foundation

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract:
            "Run the whole story against a running server, by HTTP alone: sign-up to signed deliveries. The exit code tells how it went.")

    @Option(help: "The server's public origin.")
    var url = "http://127.0.0.1:3000"

    func run() async throws {
        try await Launcher.reportingFailure {
            let report = try await DemoStory(baseURL: url, output: .standard(environment: ProcessInfo.processInfo.environment)).run()
            if !report.succeeded { throw ExitCode.failure }
        }
    }
}
