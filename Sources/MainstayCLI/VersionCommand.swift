import ArgumentParser
import Mainstay

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() throws { try Console.result("mainstay \(Version.current)") }
}
