import JSON
import PostgresClient
import Primitives
import TestServices
import Testing
import TypedSQL

/// The text that queries render to. Each statement is also prepared by a real server, which knows tables, columns and types.
@Suite("SQL as rendered")
struct SnapshotTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let sql: SQL
        let text: String
        var testDescription: String { name }

        init(_ name: String, _ statement: some Statement, _ text: String) {
            self.name = name
            self.sql = statement.sql
            self.text = text
        }
    }

    @Test("Text and parameters", arguments: Snapshots.all)
    func text(_ snapshot: Case) async throws {
        #expect(snapshot.sql.text == snapshot.text)
        // Every parameter has its place, each once.
        for number in 1..<(snapshot.sql.parameters.count + 1) {
            #expect(snapshot.sql.text.components(of: "$\(number)") == 1, "$\(number)")
        }
        try await withDatabase { database in
            var types = ""
            for type in snapshot.sql.parameters.types {
                let name =
                    type == 0
                    ? "unknown"
                    : try await database.query("select \(Int64(type))::int8::oid::regtype::text").first?.get(0, as: String.self) ?? ""
                types += (types.isEmpty ? "" : ", ") + name
            }
            try await database.withConnection { connection in
                _ = try await connection.execute(SQL(unsafeRaw: "prepare snapshot\(types.isEmpty ? "" : "(\(types))") as \(snapshot.text)"))
            }
        }
    }

    @Test("The same query renders the same text, whatever its values")
    func stable() {
        func query(_ ids: [RunID], _ limit: Int) -> SQL {
            Run.from().where { $0.id.isIn(ids) }.orderBy { $0.createdAt.desc }.limit(limit).sql
        }
        #expect(query([], 1).text == query([RunID(), RunID()], 50).text)
        let one = Run.insert([.init(projectID: ProjectID()), .init(projectID: ProjectID())]).sql
        let many = Run.insert((0..<50).map { _ in .init(projectID: ProjectID(), status: .failed, attempt: 3) }).sql
        #expect(one.text.hasPrefix("insert into \"runs\""))
        #expect(many.text.hasPrefix("insert into \"runs\""))
    }
}

extension String {
    fileprivate func components(of placeholder: String) -> Int {
        var count = 0
        var rest = self[...]
        while let range = rest.firstRange(of: placeholder) {
            rest = rest[range.upperBound...]
            if rest.first.map({ !$0.isNumber }) ?? true { count += 1 }
        }
        return count
    }
}
