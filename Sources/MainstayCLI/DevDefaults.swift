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

/// The settings of a running `dev`, kept in its folder for as long as it runs, so that other commands there work on its servers.
struct RunningDev: Codable {
    let processID: Int32
    let settings: [String: String]

    private static func path(_ folder: String) -> String { folder + "/running.json" }

    /// Readable by its owner alone: it holds secrets.
    static func write(_ settings: [String: String], folder: String) throws {
        let data = try JSONEncoder().encode(RunningDev(processID: getpid(), settings: settings))
        guard FileManager.default.createFile(atPath: path(folder), contents: data, attributes: [.posixPermissions: 0o600]) else {
            throw LaunchError(description: "\(path(folder)) cannot be written. Check the permissions of \(folder).")
        }
    }

    static func remove(folder: String) { try? FileManager.default.removeItem(atPath: path(folder)) }

    /// Nil where none was started, or it has ended.
    static func find(folder: String = ".mainstay") -> RunningDev? {
        guard let data = FileManager.default.contents(atPath: path(folder)),
            let found = try? JSONDecoder().decode(RunningDev.self, from: data), kill(found.processID, 0) == 0 || errno == EPERM
        else { return nil }
        return found
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
