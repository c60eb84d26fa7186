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

/// The oracle of the other tests: each kind of difference, planted, is found and named.
@Suite("Check")
struct CheckTests {
    private static let databases =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/Databases"

    private func handmade() async throws -> String {
        let services = try await TestServices.shared()
        let template = try await services.template("migrations_handmade") { url in
            try await run(String(decoding: try Data(contentsOf: URL(filePath: "\(Self.databases)/handmade.sql")), as: UTF8.self), on: url)
        }
        return try await services.freshDatabase(template: template)
    }

    private static let defects: [(sql: String, difference: String)] = [
        ("alter table person add column extra int", "column person.extra is not declared"),
        ("alter table person drop column born cascade", "column person.born is missing"),
        (
            "alter table tag alter column weight type numeric(11, 3)",
            "column tag.weight has the type numeric(11,3), declared is numeric(10,3)"
        ),
        ("alter table tag alter column weight set default 1.6", "column tag.weight has the default 1.6, declared is 1.5"),
        ("alter table address alter column street drop not null", "column address.street can be null, declared is not null"),
        (
            "alter table person alter column id set increment by 20",
            "column person.id has the identity always (start with 100 increment by 20)"
        ),
        ("alter table person alter column full_name drop expression", "column person.full_name is computed from nothing"),
        ("comment on column person.email is 'else'", "column person.email has the comment 'else'"),
        ("comment on table person is null", "table person has the comment none"),
        (
            "alter table person drop constraint person_name_check",
            "constraint person_name_check of person should be: constraint person_name_check check"
        ),
        (
            "alter table person rename constraint person_email_unique to other",
            "constraint other of person should be named person_email_unique"
        ),
        ("alter table note_tag validate constraint note_tag_later", "constraint note_tag_later of note_tag is:"),
        ("alter table left_side alter constraint left_right deferrable initially deferred", "constraint left_right of left_side is:"),
        ("drop index hotel.booking_one", "index booking_one of hotel.booking should be:"),
        ("alter index hotel.booking_one set (fillfactor = 71)", "index booking_one of hotel.booking is:"),
        ("alter table hotel.booking drop constraint no_two_guests", "constraint no_two_guests of hotel.booking should be:"),
        ("alter type mood add value 'new' before 'glad'", "type mood has the values 'calm', 'new'"),
        ("alter type mood rename value 'glad' to 'merry'", "type mood has the values"),
        ("drop policy document_sober on document", "policy document_sober of document should be:"),
        ("alter policy document_tenant on document using (true)", "policy document_tenant of document is:"),
        ("alter table document no force row level security", "table document has row security enabled, declared is forced"),
        ("revoke update on document from handmade_writer", "table document does not grant update to handmade_writer"),
        ("grant truncate on document to handmade_reader", "table document grants truncate to handmade_reader, which is not declared"),
        ("revoke usage on schema hotel from handmade_reader", "schema hotel does not grant usage to handmade_reader"),
        ("alter sequence ticket_number increment by 6", "sequence ticket_number differs from"),
        ("create sequence more", "sequence more is not declared"),
        ("create table more (id int)", "table more is not declared"), ("drop table wide", "table wide is missing"),
        ("drop table reading_rest", "partition reading_rest of reading should be: default"),
        (
            "create or replace function is_even(value integer) returns boolean language sql immutable as 'select true'",
            "function.is_even(value integer) is defined differently"
        ),
        ("grant execute on function is_even(integer) to public", "function.is_even(value integer) is defined differently"),
        ("drop trigger person_touch on person", "trigger.person.person_touch is missing"),
        ("create view more as select 1 as one", "view.more is not declared"),
        ("create type more as enum ('a')", "type more is not declared"),
    ]

    @Test("Planted differences are found, each of them")
    func planted() async throws {
        try await onDatabase(try await handmade()) { connection in
            let wanted = try await SchemaCheck.spelled(handmadeSchema.normalized, handmadeSchema.normalized, on: connection)
            for defect in Self.defects {
                // Reading what is there rolls back, and takes the defect away again.
                try await connection.executeScript("begin; \(defect.sql)")
                let live = try await SchemaCheck.live(handmadeSchema, on: connection)
                let found = try SchemaCheck(handmadeSchema).differences(between: live, and: wanted).map(\.description)
                #expect(found.contains { $0.contains(defect.difference) }, "\(defect.sql): \(found)")
            }
            let live = try await SchemaCheck.live(handmadeSchema, on: connection)
            #expect(try SchemaCheck(handmadeSchema).differences(between: live, and: wanted).isEmpty)
        }
    }

    @Test("An index whose building failed is no index; a missing role is named")
    func invalidIndex() async throws {
        let url = try await handmade()
        try await run("insert into secret values (1); insert into node values (1, null, 'a'), (2, null, 'a')", on: url)
        try? await run("create unique index concurrently node_path on node (path)", on: url)
        var schema = handmadeSchema
        let node = try #require(schema.tables.firstIndex { $0.name.name == "node" })
        schema.tables[node].indexes = [
            IndexSchema(name: "node_path", isUnique: true, method: "btree", elements: [IndexElement(expression: "\"path\"")])
        ]
        let differences = try await SchemaCheck(schema).differences(databaseURL: url, logger: quiet).map(\.description)
        #expect(differences.contains("index node_path of node is invalid"), "\(differences)")
        schema.roles.append(RoleSchema("migrations_nobody"))
        let roles = try await SchemaCheck(schema).differences(databaseURL: url, logger: quiet)
        #expect(roles == [SchemaDifference(object: "role migrations_nobody", problem: "is missing")])
    }

    @Test("Partitions that maintenance makes, and what is to be ignored, are no differences")
    func ignored() async throws {
        let url = try await handmade()
        try await run(
            "create table reading_1_2027 partition of reading_1 for values from ('2027-01-01') to ('2028-01-01'); create table tool (id int)",
            on: url)
        let check = SchemaCheck(handmadeSchema, ignoring: ["tool"])
        #expect(try await check.differences(databaseURL: url, logger: quiet).isEmpty)
    }

    @Test("Checking changes nothing")
    func leavesNothing() async throws {
        let url = try await handmade()
        let count = "select count(*)::text from pg_class"
        let before = try await strings(count, on: url)
        _ = try await SchemaCheck(handmadeSchema).differences(databaseURL: url, logger: quiet)
        #expect(try await strings(count, on: url) == before)
        #expect(try await strings("select nspname::text from pg_namespace where nspname like 'shadow%'", on: url).isEmpty)
    }
}
