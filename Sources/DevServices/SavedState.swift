#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What has to be the same the next time: kept in `services.json`, readable by the owner alone.
struct SavedState: Codable, Sendable {
    /// Made once for a folder; data elsewhere that carry another one belong to a folder since deleted.
    var instance = randomText(16)
    /// Of the role `postgres`.
    var superuserPassword = randomText(32)
    /// Of the role `mainstay`.
    var ownerPassword = randomText(32)
    var redisPassword = randomText(32)
    var postgresPort: Int?
    var redisPort: Int?

    /// What was saved in `folder`, or new secrets.
    static func load(from folder: String) throws(DevServicesError) -> SavedState {
        let path = folder + "/services.json"
        guard let data = FileManager.default.contents(atPath: path) else { return SavedState() }
        do { return try JSONDecoder().decode(SavedState.self, from: data) } catch {
            throw DevServicesError(.folderUnusable, "\(path) is damaged. Remove the folder to start anew; its data will be lost.")
        }
    }

    /// Replaces the file in one step.
    func save(in folder: String) throws(DevServicesError) {
        let path = folder + "/services.json"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        guard let data = try? encoder.encode(self) else { throw DevServicesError(.folderUnusable, "Could not encode \(path)") }
        try writePrivateFile(path + ".new", Array(data))
        guard rename(path + ".new", path) == 0 else {
            throw DevServicesError(.folderUnusable, "Could not write \(path): \(systemMessage())")
        }
    }
}

/// Writes a file that only its owner can read.
func writePrivateFile(_ path: String, _ bytes: [UInt8]) throws(DevServicesError) {
    unlink(path)
    let number = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    let file = OwnedDescriptor(number)
    guard number >= 0, write(number, bytes, bytes.count) == bytes.count else {
        throw DevServicesError(.folderUnusable, "Could not write \(path): \(systemMessage())")
    }
    file.close()
}

/// Letters and digits from the system's generator, safe in a URL, a shell and SQL.
func randomText(_ count: Int) -> String {
    let alphabet = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    return String((0..<count).compactMap { _ in alphabet.randomElement() })
}
