public import TypedSQL

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A folder of `NNNN_name/{up.sql,schema.json}`.
public struct MigrationFolder: Sendable {
    public let path: String

    public init(_ path: String) { self.path = path }

    /// What is in it; nothing when it does not exist.
    ///
    /// - Throws: ``MigrationError`` for a folder without `up.sql`, or one that cannot be read.
    public func migrations() throws(MigrationError) -> MigrationList {
        var found: [Migration] = []
        for id in try names() {
            found.append(Migration(id: id, sql: try read("\(id)/up.sql"), path: "\(path)/\(id)/up.sql"))
        }
        return try MigrationList(found)
    }

    /// The schema after that migration.
    public func snapshot(_ id: String) throws(MigrationError) -> DatabaseSchema {
        try Snapshot.schema(from: try read("\(id)/schema.json"), path: "\(path)/\(id)/schema.json")
    }

    /// - Returns: The folder that was made.
    func write(id: String, sql: String, schema: DatabaseSchema) throws(MigrationError) -> String {
        let folder = "\(path)/\(id)"
        let snapshot = try Snapshot.text(of: schema)
        do {
            let files = FileManager.default
            guard !files.fileExists(atPath: folder) else { throw MigrationError(.file, "\(folder) is there already.") }
            // Under another name until it is whole, so that a crash leaves no half migration.
            let draft = "\(path)/.\(id).draft"
            if files.fileExists(atPath: draft) { try files.removeItem(atPath: draft) }
            try files.createDirectory(atPath: draft, withIntermediateDirectories: true)
            try Data(sql.utf8).write(to: URL(filePath: "\(draft)/up.sql"))
            try Data(snapshot.utf8).write(to: URL(filePath: "\(draft)/schema.json"))
            try files.moveItem(atPath: draft, toPath: folder)
        } catch let error as MigrationError {
            throw error
        } catch {
            throw MigrationError(.file, "\(folder) cannot be written: \(error)")
        }
        return folder
    }

    private func names() throws(MigrationError) -> [String] {
        let files = FileManager.default
        guard files.fileExists(atPath: path) else { return [] }
        do {
            return try files.contentsOfDirectory(atPath: path).filter { name in
                name.utf8.prefix(4).allSatisfy { (48...57).contains($0) } && name.utf8.dropFirst(4).first == UInt8(ascii: "_")
            }.sorted()
        } catch {
            throw MigrationError(.file, "\(path) cannot be read: \(error)")
        }
    }

    private func read(_ name: String) throws(MigrationError) -> String {
        do {
            return String(decoding: try Data(contentsOf: URL(filePath: "\(path)/\(name)")), as: UTF8.self)
        } catch {
            throw MigrationError(.file, "\(path)/\(name) is missing or cannot be read. Restore it from version control.")
        }
    }
}
