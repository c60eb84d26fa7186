import ArgumentParser
import Mainstay

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Answer HTTP and accept messages. Run `mainstay worker` beside it to deliver them.",
        discussion: SettingOptions.discussion)

    @OptionGroup var options: SettingOptions

    func run() async throws {
        try await Launcher.reportingFailure { try await Launcher.run(.server, options.sources(.serve)) }
    }
}
