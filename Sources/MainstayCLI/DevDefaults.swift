import Configuration
import DevServices
import Foundation
import Mainstay
import Primitives

/// What `dev` sets for whatever the environment leaves out: its private servers, and secrets made once and kept.
enum DevDefaults {
    static func configuration(servers: DevServices, secrets: DevSecrets, port: Int?) throws -> Mainstay.Configuration {
        var defaults: [AbsoluteConfigKey: ConfigValue] = [
            "database.url": .init(.string(servers.databaseURL), isSecret: true),
            "redis.url": .init(.string(servers.redisURL), isSecret: true),
            "better.auth.secret": .init(.string(secrets.authSecret), isSecret: true),
            "encryption.keys": .init(.string(secrets.encryptionKeys), isSecret: true),
            "outgoing.allow": "127.0.0.0/8",
        ]
        var chosen: [AbsoluteConfigKey: ConfigValue] = [:]
        if let port { chosen["port"] = .init(.string(String(port)), isSecret: false) }
        // Whoever watches a demonstration wants to see it, not every connection.
        defaults["log.level"] = "notice"
        return try Mainstay.Configuration(
            reader: ConfigReader(providers: [
                InMemoryProvider(name: "options", values: chosen), EnvironmentVariablesProvider(),
                InMemoryProvider(name: "dev", values: defaults),
            ]))
    }
}

/// Secrets that must stay the same from one run to the next: sessions and sealed values depend on them.
struct DevSecrets: Codable {
    let authSecret: String
    let encryptionKeys: String

    /// Reads the secrets, or makes them for a folder that is new. Call it before the servers make the folder theirs.
    static func load(folder: String) throws -> DevSecrets {
        let path = folder + "/secrets.json"
        if let data = FileManager.default.contents(atPath: path) {
            do {
                return try JSONDecoder().decode(DevSecrets.self, from: data)
            } catch {
                throw LaunchError(description: "\(path) cannot be read. Restore it, or delete the whole folder \(folder) to begin anew.")
            }
        }
        if let rest = try? FileManager.default.contentsOfDirectory(atPath: folder), !rest.isEmpty {
            // New ones would leave every sealed value in the data shut for good.
            throw LaunchError(
                description:
                    "\(path) is gone, but the data that belongs to it is there. Restore it, or delete the whole folder \(folder) to begin anew."
            )
        }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let secrets = DevSecrets(
            authSecret: SecureRandom.string(48, alphabet: .alphanumeric), encryptionKeys: "1:" + Base64.encode(SecureRandom.bytes(32)))
        let data = try JSONEncoder().encode(secrets)
        guard FileManager.default.createFile(atPath: path, contents: data, attributes: [.posixPermissions: 0o600]) else {
            throw LaunchError(description: "\(path) cannot be written. Check the permissions of \(folder).")
        }
        return secrets
    }
}
