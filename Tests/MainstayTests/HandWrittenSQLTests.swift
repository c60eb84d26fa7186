import Foundation
import Testing

/// SQL is said through TypedSQL. What is written by hand is listed here, with the reason.
@Suite struct HandWrittenSQLTests {
    private static let exceptions: [String: String] = [
        "Mainstay/Database/Migrations.generated.swift": "migrations",
        "Mainstay/Database/MainstayDatabase.swift": "a call of the function that makes partitions",
        "Mainstay/Database/Schema/PartitionFunctions.swift": "functions of the database",
        "Mainstay/Database/Schema/DeletedOrganizations.swift": "a function of the database",
        "Mainstay/Database/DatabaseCheck.swift": "PostgreSQL's catalog",
        "Mainstay/Database/AdvisoryLock.swift": "advisory locks, for which TypedSQL has no word",
        "Mainstay/Database/TenantScope.swift": "the prelude that names the organization to row-level security",
        "Mainstay/Doctor/PostgresExamination.swift": "PostgreSQL's own settings",
        "Mainstay/Doctor/PostgresRoles.swift": "PostgreSQL's catalog",
        "Mainstay/Doctor/PostgresServerState.swift": "PostgreSQL's own settings",
        "Mainstay/Process/ReconcilerService.swift": "the leader's advisory lock, and a sign of life",
        "Mainstay/Process/StoreProbe.swift": "signs of life",
        "Mainstay/Process/WorkerService.swift": "a call of the function that makes partitions, and a delete in bites by ctid",
        "Mainstay/Services/TenantCache.swift": "pg_notify",
        "BetterAuth/Storage/AdvisoryLock.swift": "advisory locks, for which TypedSQL has no word",
        "BetterAuth/Storage/DatabaseShape.swift": "PostgreSQL's catalog: which of better-auth's shapes a database has",
        "BetterAuth/Storage/AccountStore.swift": "PostgreSQL's catalog: which of better-auth's shapes a database has",
    ]

    @Test("No statement is written by hand but those of the list, and the list holds nothing else")
    func handWritten() throws {
        let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources").standardizedFileURL
        let statement = try Regex(#"(?m)"select |^ *select |insert into |delete from |update [\\"a-z_]+ set "#)
        var found: Set<String> = []
        for library in ["Mainstay", "BetterAuth"] {
            let files = try #require(FileManager.default.enumerator(at: sources.appending(path: library), includingPropertiesForKeys: nil))
            for case let file as URL in files where file.pathExtension == "swift" {
                let text = try String(contentsOf: file, encoding: .utf8)
                guard text.contains(statement) else { continue }
                found.insert(String(file.standardizedFileURL.path.dropFirst(sources.path.count + 1)))
            }
        }
        #expect(found.subtracting(Self.exceptions.keys) == [])
        #expect(Set(Self.exceptions.keys).subtracting(found) == [])
    }
}
