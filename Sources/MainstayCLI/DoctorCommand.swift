import ArgumentParser
import DevServices
import Foundation
import JSON
import Mainstay

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at settings, programs, PostgreSQL and Redis, change nothing, and say what to mend. Exits with 1 for a problem.",
        usage: "mainstay doctor [serve | worker | dev] [--json] [--folder <folder>] [--name value ...]",
        discussion: """
            Without DATABASE_URL it looks at what `mainstay dev` needs.

            \(SettingOptions.discussion)
            """)

    @Flag(help: "Answer in JSON.")
    var json = false

    @Option(help: "Where `dev` would keep its servers' data.")
    var folder = ".mainstay"

    @OptionGroup var options: SettingOptions

    func validate() throws { _ = try options.mode() }

    func run() async throws {
        try await Launcher.reportingFailure {
            let findings = try await findings()
            if json {
                let list = JSONValue.array(findings.map(\.json))
                try Console.result(JSONValue.object(["ok": .bool(!findings.hasProblem), "findings": list]).text())
            } else {
                for finding in findings { try show(finding) }
                try Console.result(summary(findings))
            }
            if findings.hasProblem { throw ExitCode.failure }
        }
    }

    private func findings() async throws -> [Finding] {
        let asked = try options.mode()
        // Read once: a pipe cannot be read again.
        let sources = try options.sources(.dev, words: true)
        let isSet = sources.isSet("DATABASE_URL")
        let mode = asked ?? (isSet ? .serve : .dev)
        var findings: [Finding] = []
        if mode == .dev, !isSet {
            findings.append(
                .ok("settings.DATABASE_URL", "not set: `mainstay dev` would run private servers of its own under \(folder)"))
        }
        async let programs = DevNeeds(folder: folder, isNeeded: mode == .dev).findings()
        findings += await Doctor(sources.reading(for: mode)).findings()
        return await programs + findings
    }

    private func show(_ finding: Finding) throws {
        let mark =
            switch finding.level {
            case .ok: "ok      "
            case .warning: "warning "
            case .problem: "problem "
            }
        // A server's words may hold anything.
        try Console.result("\(mark) \(finding.check): \(finding.seen.printable)")
        if let remedy = finding.remedy { try Console.result("         → \(remedy.printable)") }
    }

    private func summary(_ findings: [Finding]) -> String {
        func count(_ level: Finding.Level, _ name: String) -> String {
            let count = findings.filter { $0.level == level }.count
            return "\(count) \(name)\(count == 1 ? "" : "s")"
        }
        return "\(count(.problem, "problem")), \(count(.warning, "warning"))."
    }
}

/// What `mainstay dev` needs of this machine.
private struct DevNeeds {
    let folder: String
    /// Whether `dev` is what this machine is for; else what is missing is worth a line, but no problem.
    let isNeeded: Bool

    func findings() async -> [Finding] {
        var findings: [Finding] = []
        do throws(DevServicesError) {
            let postgres = try await InstalledServer.postgres()
            findings.append(.ok("programs.postgresql", "\(postgres.version) in \(postgres.path)"))
        } catch {
            findings.append(missing("programs.postgresql", error))
        }
        do throws(DevServicesError) {
            let redis = try await InstalledServer.redis()
            findings.append(.ok("programs.redis", "\(redis.version), \(redis.path)"))
        } catch {
            findings.append(missing("programs.redis", error))
        }
        return findings + (isNeeded ? [writable] : [])
    }

    private func missing(_ check: String, _ error: DevServicesError) -> Finding {
        isNeeded
            ? .problem(check, error.message, remedy: "`mainstay dev` needs it; or set DATABASE_URL and REDIS_URL.")
            : .ok(check, "none, which only `mainstay dev` would need")
    }

    /// The folder, or the nearest one above it that exists.
    private var writable: Finding {
        var place = URL(filePath: folder).standardizedFileURL
        while !FileManager.default.fileExists(atPath: place.path), place.path != "/" { place.deleteLastPathComponent() }
        let isWritable = FileManager.default.isWritableFile(atPath: place.path)
        return isWritable
            ? .ok("dev.folder", "\(folder) can be written")
            : .problem("dev.folder", "\(place.path) cannot be written", remedy: "Change its permissions, or choose another with --folder.")
    }
}
