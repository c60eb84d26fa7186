import ArgumentParser
import Mainstay

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() { Console.write("mainstay \(Version.current)") }
}
