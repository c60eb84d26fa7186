import ArgumentParser
import Mainstay

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Answer HTTP and accept messages. Run `mainstay worker` beside it to deliver them.")

    func run() async throws {
        try await Launcher.reportingFailure { try await Launcher.run(.server, configuration: Launcher.configuration()) }
    }
}
