import Foundation
import Testing

@testable import Mainstay

@Suite("The table of settings") struct SettingsTests {
    @Test("Every example and every default is accepted by its own setting", arguments: Settings.all.indices)
    func examples(index: Int) throws {
        let setting = Settings.all[index]
        if case .value(let text) = setting.example { try setting.check(text) }
        for case .value(let text)? in [setting.fallback, setting.devFallback] { try setting.check(text) }
        // A secret that can be copied from a page is none.
        if setting.privacy == .secret {
            guard case .output = setting.example else {
                Issue.record("\(setting.name) has an example that works")
                return
            }
        }
    }

    @Test("What is shown of a value means that value, and has one spelling", arguments: Settings.all.indices)
    func spelling(index: Int) throws {
        let setting = Settings.all[index]
        guard setting.privacy == .open, case .value(let text) = setting.example else { return }
        let effective = try setting.effective(text)
        #expect(try setting.effective(effective) == effective)
    }

    @Test("Names are environment variables, each once, with an option each")
    func names() {
        #expect(Set(Settings.allNames).count == Settings.allNames.count)
        #expect(Settings.allNames.allSatisfy { $0.wholeMatch(of: /[A-Z]+(_[A-Z]+)*/) != nil })
        #expect(Settings.databaseURL.declaration.option == "--database-url")
    }

    @Test("Nothing stands in front of a secret's type: every URL with a password, key and token is one")
    func secrets() {
        #expect(
            Set(Settings.all.filter(\.isSecret).map(\.name))
                == ["DATABASE_URL", "REDIS_URL", "BETTER_AUTH_SECRET", "ENCRYPTION_KEYS", "METRICS_TOKEN", "SMTP_URL"])
    }

    @Test("The committed documents are those of the table; scripts/document-settings writes them")
    func documents() throws {
        #expect(try Self.committed(".env.example") == SettingsDocument.example)
        #expect(try Self.marked("settings", in: "README.md") == SettingsDocument.table)
        #expect(try Self.marked("settings", in: "docs/configuration.md") == SettingsDocument.table)
        #expect(try Self.marked("values", in: "docs/configuration.md") == SettingsDocument.values)
    }

    @Test("A copied .env.example sets nothing; its commented lines are good values")
    func copied() throws {
        let asIs = DotEnv(path: ".env", text: SettingsDocument.example)
        #expect(asIs.malformed.isEmpty && asIs.entries.values.allSatisfy { $0.value.isEmpty })
        let text = SettingsDocument.example.replacing(/(?m)^#([A-Z_]+=)/) { "\($0.output.1)" }
        let uncommented = DotEnv(path: ".env", text: text)
        #expect(Set(uncommented.entries.keys) == Set(Settings.all.map(\.name)))
        let problems = SettingSources(mode: .dev, file: uncommented).problems
        #expect(problems.isEmpty, "\(problems)")
    }

    private static func committed(_ path: String) throws -> String {
        let root = URL(filePath: #filePath).appending(path: "../../../..").standardizedFileURL
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    private static func marked(_ name: String, in path: String) throws -> String {
        let parts = try committed(path).split(separator: "<!-- \(name) -->\n").dropFirst().first?.split(separator: "<!-- /\(name) -->")
        return String(try #require(parts?.first))
    }
}
