import ArgumentParser
import BetterAuth
import Foundation
import Logging
import Mainstay

struct SuperadminCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "superadmin", abstract: "Look after operators.", subcommands: [SuperadminCreateCommand.self])
}

struct SuperadminCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make an operator, or make the user of that address one.",
        discussion: "Without --password-stdin a password is made and shown this once. " + SettingOptions.discussion)

    @Option(help: "The operator's e-mail address.")
    var email: String

    @Option(help: "What the operator is called.")
    var name = "Operator"

    @Flag(help: "Read the password of a new user from standard input.")
    var passwordStdin = false

    @OptionGroup var options: SettingOptions

    func run() async throws {
        try await Launcher.reportingFailure {
            let configuration = try options.sources(.serve).configuration()
            let password = passwordStdin ? readLine(strippingNewline: true) : nil
            if passwordStdin, password == nil { throw LaunchError(description: "There was no password on standard input.") }
            let logger = Logger(label: "mainstay") { LineLogHandler(label: $0, level: .warning, format: .pretty) }
            do {
                switch try await SuperadminAccounts(configuration: configuration, logger: logger)
                    .create(email: email, name: name, password: password)
                {
                case .created(let user, let made):
                    try Console.result("Made the operator \(user.email).")
                    if let made { try Console.result("Password, shown this once: \(made)") }
                case .promoted(let user): try Console.result("\(user.email) is an operator now; the password is as it was.")
                }
            } catch let error as AuthError {
                throw LaunchError(description: error.message ?? "\(error)")
            }
        }
    }
}
