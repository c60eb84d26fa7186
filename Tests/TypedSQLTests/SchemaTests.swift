import JSON
import PostgresClient
import Primitives
import Testing
import TypedSQL

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Table("booking", schema: "hotel", renamedFrom: "reservation", comment: "who sleeps where")
struct Booking {
    @Column(.identity(IdentitySchema(.always, start: 100, increment: 5))) let id: Int
    @Column(.primaryKey) let room: Int32
    @Column(.primaryKey) let night: PostgresDate
    @Column(.renamedFrom("customer"), .collation("C"), .check("length(guest) > 0")) var guest: String
    @Column(.type(.numeric(precision: 12, scale: 2)), default: .value(PostgresNumeric("9.90") ?? 0)) var price: PostgresNumeric
    @Column(.generated("price * 2")) let deposit: PostgresNumeric
    @Column(.uniqueNullsNotDistinct) var voucher: String?
    @Column(.index(name: "booking_paid"), default: .sql("clock_timestamp()")) var paidAt: Timestamp?
    var priority: Priority = .low
    @References(\Organization.id, onDelete: .setNull, onUpdate: .cascade, deferral: .initiallyDeferred) var organizationID: String?
    var tags: [String]

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .unique(table.guest, table.night, including: ["price"], deferral: .initiallyImmediate),
            .foreignKey(table.room, references: Room.self, { $0.number }, onDelete: .restrict, name: "booking_room"),
            .index(table.guest.lowercased(), table.night.desc.nullsLast(), including: ["price"], where: table.priority == .high),
            .index(table.tags, using: "gin", concurrently: true),
            .index(table.guest.tuned(operatorClass: "text_pattern_ops"), name: "booking_guest_like", parameters: ["fillfactor": "70"]),
            .check("sensible", table.price >= 0 && table.price < 1_000_000 || table.guest.isIn(["owner", "it's me"])),
            .policy("own", for: .select, to: ["public"], using: table.guest == currentSetting("app.guest")),
            .policy("sober", restrictive: true, check: table.room > 0 && table.night != .infinity),
            .grant(.select, .update, to: "mainstay"),
        ]
    }
}

@Table("room", schema: "hotel")
struct Room {
    @Column(.primaryKey) let number: Int32

    static func constraints(_ table: Columns) -> [TableElement] {
        [.exclude("no_two_alike", using: "btree", [(table.number, "=")], where: table.number > 5)]
    }
}

@Table("reading")
struct Reading {
    let id: UUIDv7
    let at: Timestamp
    var value: Double

    static func constraints(_ table: Columns) -> [TableElement] {
        let days = (1...3).map { Timestamp(milliseconds: Int64($0) * 86_400_000) }
        return [
            .primaryKey(table.id, table.at), .partitionByRange(table.at),
            .partition(.range("reading_1", from: days[0], to: days[1])), .partition(.range("reading_2", from: days[1], to: days[2])),
            .partition(.rest("reading_rest", partitioning: .by(.hash, table.id))),
        ]
    }
}

@Suite("Schema")
struct SchemaTests {
    let schema = Booking.schema

    @Test("Words of a property are those of its column, also abbreviations in the plural")
    func words() {
        #expect(Plural.schema.columns.map(\.name) == ["id", "owner_ids", "http_urls", "is_https_only", "ids_of_owners"])
    }

    @Test("Columns: names, types, NULL, defaults, identity, generation")
    func columns() throws {
        func column(_ name: String) throws -> ColumnSchema { try #require(schema.columns.first { $0.name == name }) }
        #expect(
            schema.columns.map(\.name) == [
                "id", "room", "night", "guest", "price", "deposit", "voucher", "paid_at", "priority", "organization_id", "tags",
            ])
        #expect(try column("id").identity == IdentitySchema(.always, start: 100, increment: 5))
        #expect(try column("guest").collation == "C" && column("guest").renamedFrom == "customer" && !column("guest").isNullable)
        #expect(try column("price").type.description == "numeric(12,2)" && column("price").defaultValue == "9.90")
        #expect(try column("deposit").generated == "price * 2")
        #expect(try column("paid_at").defaultValue == "clock_timestamp()" && column("paid_at").isNullable)
        #expect(try column("tags").type.description == "text[]")
        #expect(
            schema.renamedFrom == "reservation" && schema.comment == "who sleeps where"
                && schema.name == TableName("booking", schema: "hotel"))
    }

    @Test("Keys, constraints, indexes, policies under the names that PostgreSQL would give")
    func constraints() throws {
        #expect(schema.primaryKey == PrimaryKeySchema(name: "booking_pkey", columns: ["room", "night"]))
        #expect(schema.uniques.map(\.name) == ["booking_voucher_key", "booking_guest_night_key"])
        #expect(schema.uniques[0].nullsNotDistinct && schema.uniques[1].include == ["price"])
        #expect(schema.foreignKeys.map(\.name) == ["booking_organization_id_fkey", "booking_room"])
        #expect(
            schema.foreignKeys[0].onDelete == .setNull && schema.foreignKeys[0].onUpdate == .cascade
                && schema.foreignKeys[0].deferral == .initiallyDeferred)
        #expect(schema.foreignKeys[1].table == TableName("room", schema: "hotel") && schema.foreignKeys[1].referencedColumns == ["number"])
        #expect(schema.checks.map(\.name) == ["booking_guest_check", "booking_priority_check", "sensible"])
        #expect(schema.checks[2].expression == #""price" >= 0 and "price" < 1000000 or "guest" = any(ARRAY['owner', 'it''s me']::text[])"#)
        #expect(schema.indexes.map(\.name) == ["booking_paid", "booking_expr_night_idx", "booking_tags_idx", "booking_guest_like"])
        #expect(schema.indexes[1].predicate == #""priority" = 'high'"# && schema.indexes[1].elements[0].expression == #"(lower("guest"))"#)
        #expect(schema.indexes[2].method == "gin" && schema.indexes[2].isConcurrent)
        #expect(schema.rowSecurity == .enabled && schema.policies.map(\.name) == ["own", "sober"] && !schema.policies[1].isPermissive)
    }

    @Test("Names beyond 63 bytes are cut, and stay apart")
    func longNames() {
        #expect(LongName.schema.indexes.map(\.name).allSatisfy { $0.utf8.count <= 63 })
        #expect(Set(LongName.schema.indexes.map(\.name)).count == 2)
    }

    @Test("The model survives JSON")
    func codable() throws {
        let database = DatabaseSchema(
            tables: [schema, Room.schema, Reading.schema, Run.schema, Message.schema, HostileTable.schema],
            enums: [RunStatus.definition, Hostile.definition],
            objects: [SQLObject("function.f", create: "create function f() …", dependsOn: ["booking"])],
            sequences: [SequenceSchema("numbers")], schemas: ["hotel"], extensions: ["pgcrypto"])
        let data = try JSONEncoder().encode(database)
        #expect(try JSONDecoder().decode(DatabaseSchema.self, from: data) == database)
        var changed = database
        changed.tables[0].columns[3].isNullable = true
        #expect(changed != database)
    }

    @Test("A server makes of it what it says")
    func onServer() async throws {
        try await withDatabase { database in
            let new = DatabaseSchema(
                tables: [Room.schema, schema, Reading.schema],
                sequences: [SequenceSchema("numbers", options: IdentitySchema(.byDefault, start: 7, cycles: true))],
                schemas: ["hotel"])
            for statement in new.createStatements { try await database.executeScript(statement) }
            func strings(_ sql: SQL) async throws -> [String] { try await database.query(sql).decode(String.self) }
            let columns = try await strings(
                """
                select attname || ' ' || format_type(atttypid, atttypmod) || case when attnotnull then ' not null' else '' end || attidentity::text || attgenerated::text
                from pg_attribute where attrelid = 'hotel.booking'::regclass and attnum > 0 order by attnum
                """)
            #expect(
                columns == [
                    "id bigint not nulla", "room integer not null", "night date not null", "guest text not null",
                    "price numeric(12,2) not null",
                    "deposit numeric not nulls", "voucher text", "paid_at timestamp with time zone", "priority text not null",
                    "organization_id text", "tags text[] not null",
                ])
            let constraints = try await strings(
                "select conname || ': ' || pg_get_constraintdef(oid) from pg_constraint where conrelid = 'hotel.booking'::regclass order by conname"
            )
            #expect(
                constraints == [
                    "booking_guest_check: CHECK ((length(guest) > 0))",
                    "booking_guest_night_key: UNIQUE (guest, night) INCLUDE (price) DEFERRABLE",
                    "booking_organization_id_fkey: FOREIGN KEY (organization_id) REFERENCES organizations(id) ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED",
                    "booking_pkey: PRIMARY KEY (room, night)",
                    "booking_priority_check: CHECK ((priority = ANY (ARRAY['low'::text, 'high'::text])))",
                    "booking_room: FOREIGN KEY (room) REFERENCES hotel.room(number) ON DELETE RESTRICT",
                    "booking_voucher_key: UNIQUE NULLS NOT DISTINCT (voucher)",
                    "sensible: CHECK ((((price >= (0)::numeric) AND (price < (1000000)::numeric)) OR (guest = ANY (ARRAY['owner'::text, 'it''s me'::text]))))",
                ])
            let indexes = try await strings(
                "select indexdef from pg_indexes where tablename = 'booking' and indexname in ('booking_expr_night_idx', 'booking_tags_idx', 'booking_guest_like') order by 1"
            )
            #expect(
                indexes.contains { $0.contains("(lower(guest), night DESC NULLS LAST) INCLUDE (price) WHERE (priority = 'high'::text)") })
            #expect(indexes.contains { $0.contains("USING gin (tags)") })
            #expect(indexes.contains { $0.contains("(guest text_pattern_ops) WITH (fillfactor='70')") })
            let policies = try await strings(
                "select policyname || ' ' || permissive || ' ' || cmd || coalesce(' using ' || qual, '') || coalesce(' check ' || with_check, '') from pg_policies where tablename = 'booking' order by 1"
            )
            #expect(policies.count == 2 && policies[0] == "own PERMISSIVE SELECT using (guest = current_setting('app.guest'::text, true))")
            let partitions = try await strings(
                "select pg_get_expr(relpartbound, oid) from pg_class where relispartition and relkind in ('r', 'p') order by relname")
            #expect(
                partitions.count == 3 && partitions[0].contains("FROM ('1970-01-02 00:00:00+00') TO ('1970-01-03 00:00:00+00')")
                    && partitions[2] == "DEFAULT")

            // Identity and generated columns are the server's.
            try await database.run(Room.insert(.init(number: 1)))
            let booking = try await database.one(
                Booking.insert(.init(room: 1, night: PostgresDate(daysSince2000: 1), guest: "Ann", price: 5, paidAt: .null, tags: []))
                    .returning())
            #expect(booking.id == 100 && booking.deposit == PostgresNumeric("10.00") && booking.paidAt == nil && booking.priority == .low)
            let second = try await database.one(
                Booking.insert(.init(room: 1, night: PostgresDate(daysSince2000: 2), guest: "Bob", voucher: "v", tags: [])).returning())
            #expect(second.id == 105 && second.price == PostgresNumeric("9.90") && second.paidAt != nil)
        }
    }
}

@Table("a_table_whose_name_alone_takes_nearly_all_of_the_room_there_is_for_names")
struct LongName {
    @Column(.primaryKey) let id: Int
    @Column(.index) var first: Int
    @Column(.index) var second: Int
}

@Table
private struct Plural {
    @Column(.primaryKey) let id: Int
    let ownerIDs: [Int]
    let httpURLs: [String]
    let isHTTPSOnly: Bool
    let idsOfOwners: [Int]
}
