import JSON
import PostgresClient
import Primitives
import Testing
import TypedSQL

/// Columns declared with another type than their Swift type's own, and arrays of enums.
@Suite("Declared types")
struct DeclaredTypeTests {
    private func withReadings(_ body: (PostgresPool) async throws -> Void) async throws {
        try await withEmptyDatabase { database in
            let schema = DatabaseSchema(tables: [DeclaredReading.schema], enums: [RunStatus.definition])
            try await database.executeScript(schema.createStatements.joined(separator: ";\n"))
            try await body(database)
        }
    }

    private func draft(_ id: Int, small: Int = -7) -> DeclaredReading.Draft {
        DeclaredReading.Draft(
            id: id, small: small, medium: -70_000, ratio: 0.5, name: "n", detail: ["a": 1], states: [.queued, .failed], none: nil)
    }

    @Test("Inserted one by one, many at once and by COPY alike")
    func ways() async throws {
        try await withReadings { database in
            try await database.run(DeclaredReading.insert(draft(1)))
            try await database.run(DeclaredReading.insert([draft(2), draft(3)]))
            #expect(try await database.copy([draft(4), draft(5)], into: DeclaredReading.self) == 2)
            let rows = try await database.all(DeclaredReading.from().orderBy { $0.id })
            #expect(rows.map(\.id) == [1, 2, 3, 4, 5])
            for row in rows {
                #expect(row.small == -7 && row.medium == -70_000 && row.ratio == 0.5 && row.name == "n" && row.none == nil)
                #expect(row.detail == ["a": 1] && row.states == [.queued, .failed])
            }
        }
    }

    @Test("What does not fit is an error that names the column, and nothing is stored")
    func overflow() async throws {
        try await withReadings { database async throws in
            let error = await #expect(throws: CopyTypeError.self) {
                try await database.copy([draft(1), draft(2, small: 40_000)], into: DeclaredReading.self)
            }
            #expect(error?.column == "small")
            #expect(try await database.count(DeclaredReading.from()) == 0)
        }
    }
}

@Table
struct DeclaredReading {
    @Column(.primaryKey, .type(.int8)) let id: Int
    @Column(.type(.int2)) var small: Int
    @Column(.type(.int4)) var medium: Int
    @Column(.type(.float4)) var ratio: Double
    @Column(.type(.varchar(8))) var name: String
    @Column(.type(.json)) var detail: JSONValue
    var states: [RunStatus]
    @Column(.type(.int4)) var none: Swift.Optional<Int>
}
