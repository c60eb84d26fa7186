import DevServices
import Foundation
import Primitives

/// What `dev` makes in place of settings that are left out: its private servers, and secrets made once and kept.
enum DevDefaults {
    /// By the settings' names. A server that does not run has an empty URL, which counts as none.
    static func made(_ servers: DevServices, _ secrets: DevSecrets) -> [String: String] {
        [
            "DATABASE_URL": servers.databaseURL, "REDIS_URL": servers.redisURL, "BETTER_AUTH_SECRET": secrets.authSecret,
            "ENCRYPTION_KEYS": secrets.encryptionKeys,
        ]
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
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw LaunchError(
                description: "The folder \(folder) cannot be made here. Choose another with --folder, or mend what is above it.")
        }
        let secrets = DevSecrets(
            authSecret: SecureRandom.string(48, alphabet: .alphanumeric), encryptionKeys: "1:" + Base64.encode(SecureRandom.bytes(32)))
        let data = try JSONEncoder().encode(secrets)
        guard FileManager.default.createFile(atPath: path, contents: data, attributes: [.posixPermissions: 0o600]) else {
            throw LaunchError(description: "\(path) cannot be written. Check the permissions of \(folder).")
        }
        return secrets
    }
}
