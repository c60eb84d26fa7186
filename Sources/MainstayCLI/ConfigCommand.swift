import ArgumentParser
import Foundation
import JSON
import Mainstay

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Show the settings a process would run with, without secrets, and where each comes from.",
        usage: "mainstay config [serve | worker | dev] [--json] [--name value ...]", discussion: SettingOptions.discussion)

    @Flag(help: "Answer in JSON.")
    var json = false

    @Flag(help: "Print a file .env.example instead.")
    var example = false

    // For scripts/document-settings.
    @Flag(help: .hidden) var table = false
    @Flag(help: .hidden) var values = false

    @OptionGroup var options: SettingOptions

    func validate() throws { _ = try options.mode() }

    func run() async throws {
        try await Launcher.reportingFailure {
            if example { return try Console.result(SettingsDocument.example, terminator: "") }
            if table { return try Console.result(SettingsDocument.table, terminator: "") }
            if values { return try Console.result(SettingsDocument.values, terminator: "") }
            let report = SettingsReport(try options.sources(try options.mode() ?? .serve, words: true))
            if json {
                try Console.result(report.json.text())
            } else {
                try show(report)
            }
            if !report.problems.isEmpty { throw Launcher.misconfigured }
        }
    }

    private func show(_ report: SettingsReport) throws {
        let rows = report.entries.map {
            ($0.setting.name, $0.shown + ($0.effect.map { " (\($0))" } ?? ""), $0.origin.map { "\($0)" } ?? "")
        }
        let nameWidth = rows.map(\.0.count).max() ?? 0
        // A long list must not push every origin out of sight.
        let valueWidth = min(48, rows.map(\.1.count).max() ?? 0)
        for (name, value, origin) in rows {
            try Console.result("\(padded(name, nameWidth))  \(padded(value, valueWidth))  \(origin)".trimmingCharacters(in: .whitespaces))
        }
        for problem in report.problems { Console.fail("problem: \(problem)") }
        for warning in report.warnings { Console.fail("warning: \(warning)") }
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
