import Foundation
import Primitives

/// Whether the settings can be used, and make sense together.
struct SettingsExamination {
    let sources: SettingSources

    func findings() -> [Finding] {
        var findings = sources.problems.map { problem in
            Finding.problem(
                "settings.\(problem.name)", "\(problem)",
                remedy: "Set it in the environment or in .env: `mainstay config` shows where each value comes from.")
        }
        if findings.isEmpty { findings.append(.ok("settings", "all \(Settings.all.count) can be used by `\(sources.mode.rawValue)`")) }
        findings += sources.warnings.map {
            .warning("settings.suspicious", $0, remedy: "Correct it, or take it away if it is meant for another program.")
        }
        let more = [encryptionKeys, authSecret, baseURL].compactMap(\.self)
        return findings + more + ReachExamination(sources: sources).findings() + [file].compactMap(\.self)
    }

    private func given<Value>(_ setting: Setting<Value>) -> Value? {
        sources.isSet(setting.declaration.name) ? try? sources.reader.value(of: setting) : nil
    }

    private var encryptionKeys: Finding? {
        guard let keys = given(Settings.encryptionKeys), let first = keys.numbers.first else { return nil }
        return .ok(
            "settings.ENCRYPTION_KEYS", "\(keys.numbers.count) of 32 bytes each; number \(first) seals")
    }

    private var authSecret: Finding? {
        guard let secret = given(Settings.authSecret) else { return nil }
        return .expecting(
            Set(secret).count >= 12, "settings.BETTER_AUTH_SECRET", "\(secret.count) characters, \(Set(secret).count) different ones",
            else: .warning, remedy: "Make a random one: openssl rand -base64 48")
    }

    private var baseURL: Finding? {
        guard let url = try? sources.reader.value(of: Settings.baseURL), let host = URLComponents(string: url)?.host else { return nil }
        let bare = host.trimmingCharacters(in: ["[", "]"])
        if bare == "0.0.0.0" || bare == "::" {
            return .warning(
                "settings.BASE_URL", "\(url) is no address that anybody can call",
                remedy: "Set BASE_URL to the origin that browsers and programs use, such as https://mainstay.example.com.")
        }
        return .expecting(
            url.hasPrefix("https://") || LocalHost.isLocal(host), "settings.BASE_URL", url, else: .warning,
            remedy: "Use https: over http, session cookies and API keys can be read on the way.")
    }

    /// A file that holds secrets is not everybody's business; a group may be there to share it.
    private var file: Finding? {
        // Neither a pipe nor a device is anybody's to open.
        guard let path = sources.filePath,
            let file = try? FileManager.default.attributesOfItem(atPath: URL(filePath: path).resolvingSymlinksInPath().path),
            file[.type] as? FileAttributeType == .typeRegular, let mode = file[.posixPermissions] as? NSNumber
        else { return nil }
        return .expecting(
            mode.intValue & 0o007 == 0, "settings.file", "\(path), mode \(String(mode.intValue & 0o777, radix: 8))", else: .warning,
            remedy: "Every user of this machine may read it: chmod o= \(path)")
    }
}
