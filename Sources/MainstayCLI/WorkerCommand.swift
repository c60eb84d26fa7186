import ArgumentParser
import Mainstay

struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Deliver messages, relay the outbox, keep partitions. Any number may run.",
        discussion: SettingOptions.discussion)

    @OptionGroup var options: SettingOptions

    func run() async throws {
        try await Launcher.reportingFailure { try await Launcher.run(.worker, options.sources(.worker)) }
    }
}
