import ArgumentParser
import Foundation
import Mainstay

/// Settings on a command line, for every command that reads any.
struct SettingOptions: ParsableArguments {
    @Option(name: .customLong("set"), help: ArgumentHelp("A setting, also as --name value; may be repeated.", valueName: "NAME=value"))
    var assignments: [String] = []

    @Option(help: "The file with settings, instead of .env in the working directory.")
    var envFile: String?

    // ArgumentParser would refuse the options of settings, which it does not know: the table of settings does.
    @Argument(parsing: .allUnrecognized, help: .hidden)
    var rest: [String] = []

    static let discussion = """
        Settings come from options, the environment and .env, in this order; `mainstay config` shows what they come to, and \
        `mainstay config --example` explains each. Their options: \(SettingsDocument.options).
        """

    /// - Throws: ``ConfigurationError`` for a file that cannot be read.
    func sources(_ mode: ConfigurationMode, words: Bool = false) throws(ConfigurationError) -> SettingSources {
        var arguments = SettingArguments(rest, assignments: assignments)
        if !words { arguments.refuseWords() }
        return try sources(mode, arguments)
    }

    /// The word that names a mode, for commands that take one.
    func mode() throws -> ConfigurationMode? {
        let words = SettingArguments(rest).words
        guard let word = words.first else { return nil }
        guard words.count == 1, let mode = ConfigurationMode(rawValue: word) else {
            throw ValidationError("At most one of \(ConfigurationMode.allCases.map(\.rawValue).joined(separator: ", ")) may be named.")
        }
        return mode
    }

    private func sources(_ mode: ConfigurationMode, _ arguments: SettingArguments) throws(ConfigurationError) -> SettingSources {
        let file = try DotEnv.read(envFile ?? ".env", isRequired: envFile != nil)
        let sources = SettingSources(mode: mode, arguments: arguments, environment: ProcessInfo.processInfo.environment, file: file)
        return mode == .dev ? sources : Self.joiningDev(sources)
    }

    /// In the folder of a running `dev`, a command for which nothing is configured works on its servers, with its secrets.
    private static func joiningDev(_ sources: SettingSources) -> SettingSources {
        let names = ["DATABASE_URL", "REDIS_URL", "BETTER_AUTH_SECRET", "ENCRYPTION_KEYS"]
        guard !names.contains(where: sources.isSet), let dev = RunningDev.find() else { return sources }
        // On standard error: what a command answers may be read by a program.
        Console.fail("Using the servers and secrets of the `mainstay dev` that runs in this folder.")
        return sources.adding(made: dev.settings)
    }
}
