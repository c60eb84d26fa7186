import PostgresClient
import TestServices
import Testing
import TypedSQL

@testable import Migrations

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Pairs of schemas at random. `MAINSTAY_SEED` repeats a run.
@Suite("Random schemas")
struct RandomSchemaTests {
    static let seed = SeededRandom.runSeed
    static let chains = 14
    static let pairsPerChain = 15

    @Test("Migrating from one to the other leaves no difference and every kept value", arguments: 0..<chains)
    func pairs(chain: Int) async throws {
        let seed = Self.seed &+ UInt64(chain) &* 1_000_003
        if chain == 0 { print("MAINSTAY_SEED=\(Self.seed): \(Self.chains * Self.pairsPerChain) pairs of schemas") }
        let url = try await freshDatabase()
        let folder = try TemporaryFolder()
        var random = RandomSchema(seed: seed)
        try await folder.migrate(url, to: random.schema)
        try await onDatabase(url) { connection in
            try await expectNoDifference(random.schema, on: connection, seed: seed, step: 0)
            try await RandomRows.insert(into: random.schema, on: connection)
        }
        for step in 1...Self.pairsPerChain {
            let before = random.schema
            random.change()
            let after = random.schema
            let note: Comment = "MAINSTAY_SEED=\(Self.seed), chain \(chain), step \(step)"
            do {
                try await expectPair(url, folder, before, after, note)
            } catch {
                let last = try folder.migrations.migrations().migrations.last?.sql ?? ""
                Issue.record("\(note): \(error)\n\(last)")
                return
            }
        }
    }

    @Test("The oracles catch a lost value, and a statement that is left out")
    func planted() async throws {
        let url = try await freshDatabase()
        let folder = try TemporaryFolder()
        let random = RandomSchema(seed: 4)
        try await folder.migrate(url, to: random.schema)
        try await onDatabase(url) { try await RandomRows.insert(into: random.schema, on: $0) }
        let before = random.schema
        var after = before
        after.tables[0].comment = "planted"
        let kept = try KeptColumns(from: before, to: after)
        let values = try await onDatabase(url) { try await RandomRows.values(of: kept.before, on: $0) }
        let table = after.tables[0].name
        try await folder.migrate(url, to: after) { sql in
            sql = sql.replacing(
                "comment on",
                with: "alter table \(table) no force row level security; update \(table) set title = 'lost' where id = 2; -- comment on")
        }
        try await onDatabase(url) { connection in
            let now = try await RandomRows.values(of: kept.after, on: connection)
            #expect(values.filter { now[$0.key] != $0.value }.keys.sorted() == ["\(table.plain).title#2"])
            let differences = try await SchemaCheck(after).differences(on: connection)
            #expect(differences.contains { $0.object == "table \(table.plain)" && $0.problem.contains("'planted'") }, "\(differences)")
        }
    }

    private func expectPair(_ url: String, _ folder: TemporaryFolder, _ before: DatabaseSchema, _ after: DatabaseSchema, _ note: Comment)
        async throws
    {
        let kept = try KeptColumns(from: before, to: after)
        let values = try await onDatabase(url) { try await RandomRows.values(of: kept.before, on: $0) }
        let migration = try await folder.migrate(url, to: after, fills: RandomRows.fills(from: before, to: after))
        // Renames are made once.
        #expect(try MigrationGenerator(folder.migrations).migration(to: after) == nil, note)
        try await onDatabase(url) { connection in
            let now = try await RandomRows.values(of: kept.after, on: connection)
            let lost = values.filter { now[$0.key] != $0.value && !($0.value == "NULL" && now[$0.key] != nil) }
            #expect(lost.isEmpty, "\(note)\n\(lost)\n\(migration?.sql ?? "")")
            let differences = try await SchemaCheck(after).differences(on: connection)
            #expect(differences.isEmpty, "\(note)\n\(differences.map(\.description).joined(separator: "\n"))\n\(migration?.sql ?? "")")
            try await RandomRows.insert(into: after, on: connection)
        }
    }

    private func expectNoDifference(_ schema: DatabaseSchema, on connection: PostgresConnection, seed: UInt64, step: Int) async throws {
        let differences = try await SchemaCheck(schema).differences(on: connection)
        #expect(differences.isEmpty, "seed \(seed), step \(step)\n\(differences.map(\.description).joined(separator: "\n"))")
    }
}

/// Columns whose values a migration must keep, by their names before and after.
struct KeptColumns {
    typealias Table = (name: TableName, columns: [(key: String, name: String)])
    private(set) var before: [Table] = []
    private(set) var after: [Table] = []

    init(from old: DatabaseSchema, to new: DatabaseSchema) throws {
        let diff = try SchemaDiff(from: old, to: new)
        for table in diff.new.tables {
            let oldName = diff.renames.tables[table.name] ?? table.name
            guard let previous = diff.renamed.tables.first(where: { $0.name == table.name }) else { continue }
            let columns = previous.columnsByName
            let names = table.columns.filter { column in
                guard let old = columns[column.name] else { return false }
                let keepsText = old.type == column.type || old.type.widens(to: column.type) || column.type == .text
                return keepsText && old.generated == nil && column.generated == nil
            }.map(\.name)
            let renames = diff.renames.columns[table.name] ?? [:]
            before.append((oldName, names.map { ("\(table.name.plain).\($0)", renames[$0] ?? $0) }))
            after.append((table.name, names.map { ("\(table.name.plain).\($0)", $0) }))
        }
    }
}
