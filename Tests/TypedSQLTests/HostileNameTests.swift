import PostgresClient
import Testing
import TypedSQL

enum Hostile: String, PostgresEnum {
    static let typeName = "enum \"; drop table x; --"
    static let typeSchema: String? = "a \"schema\""
    case quote = "it's \"quoted\" \\ {a,b} $1"
    case select
    case empty = ""
}

/// Names that a careless renderer would trip over.
@Table("select \"*\" from 'x'; --", schema: "a \"schema\"")
struct HostileTable {
    @Column("id\"; drop table x; --", .primaryKey) let id: Int
    @Column("$1") var first: String
    @Column("from") var second: String?
    @Column("ünï \u{1F600} \\", default: .value(Hostile.quote)) var kind: Hostile
    @Column("user.name", .comment("a 'comment' \\ ; --")) var third: Hostile?
    @Column("kinds") var kinds: [Hostile]

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .check("check \"it\"; --", table.first != "it's; \\ --"),
            .index(table.first, table.kind.desc, name: "index \"; --", where: table.kind == .quote),
            .unique(table.first, table.second, name: "unique 'x' \"y\""),
            .comment("a table's \\ comment"),
        ]
    }
}

@Table("excluded")
struct Excluded {
    @Column(.primaryKey) let id: Int
    var excluded: Int
    var row: Int
    var writer: Int
    var `self`: Int?
}

@Suite("Hostile names")
struct HostileNameTests {
    @Test("Names go through as they are, in definitions and in every kind of statement")
    func names() async throws {
        try await withEmptyDatabase { database in
            let schema = DatabaseSchema(tables: [HostileTable.schema], enums: [Hostile.definition], schemas: ["a \"schema\""])
            for statement in schema.createStatements { try await database.executeScript(statement) }
            let drafts = [1, 2, 3].map { id in
                HostileTable.Draft(
                    id: id, first: "'; drop table x; -- \(id)", second: id == 2 ? nil : "$2", kind: id == 1 ? nil : .select, third: .empty,
                    kinds: [.quote, .select, .empty])
            }
            let inserted = try await database.all(HostileTable.insert(drafts).returning())
            #expect(
                inserted.map(\.kind) == [.quote, .select, .select]
                    && inserted.allSatisfy { $0.third == .empty && $0.kinds == Hostile.allCases })
            let joined = try await database.all(
                HostileTable.from().leftJoin(HostileTable.self) { $1.id == $0.id + 1 && $1.kind.isIn([.select, .quote]) }
                    .where { first, _ in first.kinds.contains(element: .quote) && first.first.starts(with: "'; drop") }
                    .orderBy { first, _ in first.id }.lock(.update, of: { first, _ in first }))
            #expect(joined.map { $0.1?.id } == [2, 3, nil])
            let named = HostileTable.from().groupBy { $0.kind }.select { ($0.kind, countRows()) }.named("with \"x\"; --")
            #expect(try await database.all(named.from().where { $0.fields.1 > 1 }).map(\.0) == [.select])
            let upserted = try await database.one(
                HostileTable.insert(drafts[0]).onConflict {
                    $0.id
                } update: { old, new in
                    old.first.set(old.first.appending(new.first))
                }.returning())
            #expect(upserted.first == drafts[0].first + drafts[0].first)
            #expect(try await database.run(HostileTable.update { $0.third.set(nil) }.where { $0.kind == .quote }) == 1)
            #expect(try await database.run(HostileTable.delete().where { $0.third == .empty }) == 2)
            #expect(try await database.copy(drafts.dropFirst().map { $0 }, into: HostileTable.self) == 2)
            let comment = try await database.query(
                "select obj_description(oid) from pg_class where relname = \(HostileTable.tableName.name)")
            #expect(try comment.first?.get(0) == "a table's \\ comment")
        }
    }

    @Test("Input is never text: what looks like SQL is stored as it is")
    func values() async throws {
        try await withDatabase { database in
            let hostile = ["'; drop table organizations; --", "\\'; select 1", "$1", "\" or 1=1", "%_\\", "{\"a\"}", "NULL"]
            try await database.run(Organization.insert(hostile.map { .init(id: $0, slug: $0, name: $0) }))
            for text in hostile {
                #expect(try await database.one(Organization.from().where { $0.name == text }).id == text)
                #expect(try await database.one(Organization.from().where { $0.name.contains(text) && $0.name == text }).id == text)
                let raw = Fragment("\(text) || ''").as(String.self)
                #expect(try await database.one(Organization.from().where { $0.id == text }.select { _ in raw }) == text)
            }
            #expect(try await database.count(Organization.from().where { $0.id.isIn(hostile) }) == hostile.count)
        }
    }

    @Test("A table may be called excluded, and columns as Swift's own words")
    func reserved() async throws {
        try await withEmptyDatabase { database in
            for statement in DatabaseSchema(tables: [Excluded.schema]).createStatements { try await database.executeScript(statement) }
            let draft = Excluded.Draft(id: 1, excluded: 2, row: 3, writer: 4)
            try await database.run(Excluded.insert(draft))
            let sum = try await database.one(
                Excluded.insert(draft).onConflict {
                    $0.id
                } update: { old, new in
                    old.excluded.set(old.excluded + new.excluded)
                }.returning { $0.excluded })
            #expect(sum == 4)
        }
    }
}
