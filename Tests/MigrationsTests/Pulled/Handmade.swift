// swift-format-ignore-file
import JSON
import PostgresClient
import Primitives
import TypedSQL

enum HandmadeRoomKind: String, PostgresEnum {
    static let typeName = "room_kind"
    static let typeSchema: String? = "hotel"
    case single
    case double
    case suite
}

enum HandmadeMood: String, PostgresEnum {
    static let typeName = "mood"
    case calm
    case glad
    case verySad = "very sad"
    case itSOdd = #"it's "odd""#
}

@Table("booking", schema: "hotel")
struct HandmadeBooking {
    @Column("room") var room: Int32
    @Column("guest") var guest: Int64
    @Column("first_night") var firstNight: PostgresDate
    @Column("last_night") var lastNight: PostgresDate
    @Column("canceled", default: .sql("false")) var canceled: Bool

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.foreignKeys.append(ForeignKeySchema(name: "booking_guest_fkey", columns: ["guest"], table: TableName("person"), referencedColumns: ["id"])) },
            .other { $0.foreignKeys.append(ForeignKeySchema(name: "booking_room_fkey", columns: ["room"], table: TableName("room", schema: "hotel"), referencedColumns: ["number"])) },
            .check("nights", Fragment("last_night >= first_night").as(Bool.self)),
            .other { $0.exclusions.append(ExclusionSchema(name: "no_two_guests", method: "gist", elements: [ExclusionSchema.Element(element: IndexElement(expression: #""room""#), operation: "="), ExclusionSchema.Element(element: IndexElement(expression: "(daterange(first_night, last_night, '[]'::text))"), operation: "&&")], predicate: "NOT canceled")) },
            .index(table.guest.desc.nullsLast(), table.firstNight, name: "booking_guest_idx", including: ["last_night"], where: Fragment("NOT canceled").as(Bool.self)),
            .other { $0.indexes.append(IndexSchema(name: "booking_lower_idx", isUnique: false, method: "btree", elements: [IndexElement(expression: "(last_night - first_night)", isDescending: true)])) },
            .index(table.room, table.firstNight, name: "booking_one", unique: true, nullsNotDistinct: true, parameters: ["fillfactor": "70"]),
        ]
    }
}

@Table("room", schema: "hotel")
struct HandmadeRoom {
    @Column("number") let number: Int32
    @Column("kind", default: .sql("'single'::hotel.room_kind")) var kind: HandmadeRoomKind
    @Column("price", default: .sql("99.5")) var price: PostgresNumeric

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "room_pkey", columns: ["number"]) },
            .other { $0.checks.append(CheckSchema(name: "cheap", expression: "price < 1000::numeric", isValidated: true, isInherited: false)) },
            .check("dear", Fragment("price > 1::numeric").as(Bool.self), isValidated: false),
            .check("room_number_check", Fragment("is_even(number)").as(Bool.self)),
        ]
    }
}

@Table("Odd Name")
struct HandmadeOddName {
    @Column("Select") let select: Int32
    @Column(#"with "quotes""#) var withQuotes: String?
    @Column("order", default: .sql("false")) var order: Bool

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "Odd Name_pkey", columns: ["Select"]) },
            .index(table.order, table.withQuotes, name: "Odd Index"),
        ]
    }
}

@Table("address")
struct HandmadeAddress {
    @Column("person_id") let personId: Int64
    @Column("number") let number: Int16
    @Column("street", default: .sql("'nowhere'::text")) var street: String

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "address_pkey", columns: ["person_id", "number"], include: ["street"]) },
            .other { $0.foreignKeys.append(ForeignKeySchema(name: "address_person_id_fkey", columns: ["person_id"], table: TableName("person"), referencedColumns: ["id"], onDelete: .cascade, onUpdate: .cascade, deferral: .initiallyDeferred)) },
        ]
    }
}

@Table("case")
struct HandmadeCase {
    @Column("default") let `default`: String
    @Column("self") var `self`: Int16?
    @Column("2nd") var column2nd: Float?

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "case_pkey", columns: ["default"]) },
        ]
    }
}

@Table("counter")
struct HandmadeCounter {
    @Column("name") let name: String
    @Column("value", default: .sql("nextval('ticket_number'::regclass)")) var value: Int64

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "counter_pkey", columns: ["name"]) },
        ]
    }
}

@Table("document")
struct HandmadeDocument {
    @Column("id") let id: String
    @Column("tenant") var tenant: String
    @Column("words", default: .sql("ARRAY['a'::text, 'b'::text]")) var words: [String]
    @Column("numbers") var numbers: [Int32]?
    @Column("raw") var raw: [UInt8]?
    @Column("meta", .type(.builtIn("json"))) var meta: JSONValue?
    @Column("sent", default: .sql("'1 day 02:03:04'::interval")) var sent: PostgresInterval?
    @Column("address", .type(.builtIn("inet"))) var address: String?
    @Column("code", .type(.builtIn("bpchar", modifiers: [3]))) var code: String?
    @Column("precise", .type(.builtIn("timestamptz", modifiers: [3]))) var precise: Timestamp?
    @Column("zoneless", .type(.builtIn("timestamp"))) var zoneless: String?

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "document_pkey", columns: ["id"]) },
            .index(table.tenant, name: "document_hash_idx", using: "hash"),
            .other { $0.indexes.append(IndexSchema(name: "document_like_idx", isUnique: false, method: "btree", elements: [IndexElement(expression: #""id""#, operatorClass: "text_pattern_ops"), IndexElement(expression: #""tenant""#, collation: "C")])) },
            .index(table.words, name: "document_words_idx", using: "gin"),
            .rowSecurity(forced: true),
            .policy("document_sober", for: .update, restrictive: true, using: Fragment("length(id) > 1").as(Bool.self)),
            .policy("document_tenant", to: ["handmade_reader", "handmade_writer"], using: Fragment("tenant = current_setting('app.tenant'::text, true)").as(Bool.self), check: Fragment(#"tenant = current_setting('app.tenant'::text, true) AND id <> '"'::text"#).as(Bool.self)),
            .grant(.select, to: "handmade_reader"),
            .grant(.select, .insert, .update, .delete, to: "handmade_writer"),
        ]
    }
}

@Table("event")
struct HandmadeEvent {
    @Column("id") var id: Int64
    @Column("kind") var kind: String
    @Column("at") var at: Timestamp

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.partitioning = Partitioning(strategy: .hash, keys: [#""id""#]) },
            .other { $0.partitions.append(PartitionSchema(name: TableName("event_0"), bounds: "for values with (modulus 2, remainder 0)")) },
            .other { $0.partitions.append(PartitionSchema(name: TableName("event_1"), bounds: "for values with (modulus 2, remainder 1)")) },
        ]
    }
}

@Table("left_side")
struct HandmadeLeftSide {
    @Column("id") let id: Int64
    @Column("right_id") var rightId: Int64?

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "left_side_pkey", columns: ["id"]) },
            .other { $0.foreignKeys.append(ForeignKeySchema(name: "left_right", columns: ["right_id"], table: TableName("right_side"), referencedColumns: ["id"], deferral: .initiallyImmediate)) },
        ]
    }
}

@Table("node")
struct HandmadeNode {
    @Column("id") let id: Int64
    @Column("parent_id") var parentId: Int64?
    @Column("path", default: .sql("'/'::text")) var path: String

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "node_pkey", columns: ["id"]) },
            .other { $0.foreignKeys.append(ForeignKeySchema(name: "node_parent_id_fkey", columns: ["parent_id"], table: TableName("node"), referencedColumns: ["id"])) },
        ]
    }
}

@Table("note")
struct HandmadeNote {
    @Column("id", default: .sql("gen_random_uuid()")) let id: UUIDv7
    @Column("person_id") var personId: Int64?
    @Column("number") var number: Int16?
    @Column("body", default: .sql(#"'{"tags": []}'::jsonb"#)) var body: JSONValue

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "note_pkey", columns: ["id"]) },
            .other { $0.foreignKeys.append(ForeignKeySchema(name: "note_address", columns: ["person_id", "number"], table: TableName("address"), referencedColumns: ["person_id", "number"], onDelete: .setNull, matchesFull: true)) },
        ]
    }
}

@Table("note_tag")
struct HandmadeNoteTag {
    @Column("note_id") let noteId: UUIDv7
    @Column("tag_id") let tagId: Int32
    @Column("spare_id") var spareId: Int32?

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "note_tag_pkey", columns: ["note_id", "tag_id"]) },
            .other { $0.foreignKeys.append(ForeignKeySchema(name: "note_tag_later", columns: ["spare_id"], table: TableName("tag"), referencedColumns: ["id"], isValidated: false)) },
            .other { $0.foreignKeys.append(ForeignKeySchema(name: "note_tag_note_id_fkey", columns: ["note_id"], table: TableName("note"), referencedColumns: ["id"], onDelete: .restrict)) },
            .other { $0.foreignKeys.append(ForeignKeySchema(name: "note_tag_spare", columns: ["spare_id"], table: TableName("tag"), referencedColumns: ["id"], onDelete: .setNull, onDeleteColumns: ["spare_id"])) },
            .other { $0.foreignKeys.append(ForeignKeySchema(name: "note_tag_tag_id_fkey", columns: ["tag_id"], table: TableName("tag"), referencedColumns: ["id"])) },
        ]
    }
}

@Table("open_door")
struct HandmadeOpenDoor {
    @Column("id") let id: Int64

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "open_door_pkey", columns: ["id"]) },
            .policy("open_door_all", using: Fragment("true").as(Bool.self)),
            .other { $0.rowSecurity = .off },
            .grant(.select, to: "public"),
        ]
    }
}

@Table("person", comment: "who it's about")
struct HandmadePerson {
    @Column("id", .identity(IdentitySchema(.always, start: 100, increment: 10))) let id: Int64
    @Column("name", .type(.builtIn("varchar", modifiers: [80]))) var name: String
    @Column("email", .collation("C"), .comment(#"where \ to write "them""#)) var email: String?
    @Column("born") var born: PostgresDate?
    @Column("mood", default: .sql("'calm'::mood")) var mood: HandmadeMood
    @Column("moods", default: .sql("'{}'::mood[]")) var moods: [HandmadeMood]
    @Column("full_name", .generated("upper(name::text)")) let fullName: String?
    @Column("updated_at", default: .sql("now()")) var updatedAt: Timestamp

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "person_pkey", columns: ["id"]) },
            .unique(table.email, name: "person_email_unique"),
            .check("person_name_check", Fragment("length(name::text) > 0 AND name::text <> 'it''s; --'::text").as(Bool.self)),
        ]
    }
}

@Table("reading")
struct HandmadeReading {
    @Column("id") let id: UUIDv7
    @Column("at") let at: Timestamp
    @Column("region") let region: Int32
    @Column("value") var value: Double?

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "reading_pkey", columns: ["id", "region", "at"]) },
            .index(table.at.desc, name: "reading_at_idx"),
            .other { $0.partitioning = Partitioning(strategy: .list, keys: [#""region""#]) },
            .other { $0.partitions.append(PartitionSchema(name: TableName("reading_1"), bounds: "for values in (1, 2)", partitioning: Partitioning(strategy: .range, keys: [#""at""#]), partitions: [PartitionSchema(name: TableName("reading_1_2026"), bounds: "for values from ('2026-01-01 00:00:00+00') to ('2027-01-01 00:00:00+00')"), PartitionSchema(name: TableName("reading_1_rest"), bounds: "default")])) },
            .other { $0.partitions.append(PartitionSchema(name: TableName("reading_rest"), bounds: "default")) },
        ]
    }
}

@Table("right_side")
struct HandmadeRightSide {
    @Column("id") let id: Int64
    @Column("left_id") var leftId: Int64?

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "right_side_pkey", columns: ["id"]) },
            .other { $0.foreignKeys.append(ForeignKeySchema(name: "right_side_left_id_fkey", columns: ["left_id"], table: TableName("left_side"), referencedColumns: ["id"])) },
        ]
    }
}

@Table("secret")
struct HandmadeSecret {
    @Column("id") let id: Int64

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "secret_pkey", columns: ["id"]) },
            .rowSecurity(forced: false),
        ]
    }
}

@Table("tag")
struct HandmadeTag {
    @Column("id", .identity(IdentitySchema(.byDefault))) let id: Int32
    @Column("label") var label: String?
    @Column("weight", .type(.builtIn("numeric", modifiers: [10, 3])), default: .sql("1.5")) var weight: PostgresNumeric?

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "tag_pk", columns: ["id"]) },
            .unique(table.label, name: "tag_label_key", nullsNotDistinct: true),
        ]
    }
}

@Table("tag_label_pair")
struct HandmadeTagLabelPair {
    @Column("tag_id") var tagId: Int32
    @Column("label") var label: String

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .unique(table.tagId, table.label, name: "tag_label_pair_tag_id_label_key", deferral: .initiallyImmediate),
        ]
    }
}

@Table("wide")
struct HandmadeWide {
    @Column("a") var a: Bool?
    @Column("b") var b: Int16?
    @Column("c") var c: Int32?
    @Column("d") var d: Int64?
    @Column("e") var e: Float?
    @Column("f") var f: Double?
    @Column("g") var g: PostgresNumeric?
    @Column("h", .type(.builtIn("numeric", modifiers: [5, 0]))) var h: PostgresNumeric?
    @Column("i") var i: String?
    @Column("j", .type(.builtIn("varchar"))) var j: String?
    @Column("k", .type(.builtIn("varchar", modifiers: [7]))) var k: String?
    @Column("l", .type(.builtIn("bpchar", modifiers: [1]))) var l: String?
    @Column("m") var m: [UInt8]?
    @Column("n") var n: UUIDv7?
    @Column("o") var o: PostgresDate?
    @Column("p", .type(.builtIn("time"))) var p: String?
    @Column("q", .type(.builtIn("timetz"))) var q: String?
    @Column("r", .type(.builtIn("timestamp", modifiers: [0]))) var r: String?
    @Column("s") var s: Timestamp?
    @Column("t") var t: PostgresInterval?
    @Column("u", .type(.builtIn("json"))) var u: JSONValue?
    @Column("v") var v: JSONValue?
    @Column("w", .type(.builtIn("inet"))) var w: String?
    @Column("x", .type(.builtIn("cidr"))) var x: String?
    @Column("y", .type(.builtIn("macaddr"))) var y: String?
    @Column("z", .type(.builtIn("point"))) var z: String?
    @Column("aa", .type(.builtIn("int4range"))) var aa: String?
    @Column("bb", .type(.builtIn("bit", modifiers: [3]))) var bb: String?
    @Column("cc", .type(.builtIn("tsvector"))) var cc: String?
    @Column("dd", .type(.builtIn("xml"))) var dd: String?
    @Column("ee", .type(.builtIn("money"))) var ee: String?
    @Column("ff") var ff: [Bool]?
    @Column("gg", .type(.builtIn("numeric", modifiers: [4, 2]).array)) var gg: [PostgresNumeric]?
    @Column("hh", .type(.builtIn("varchar", modifiers: [3]).array)) var hh: [String]?
    @Column("ii") var ii: [HandmadeRoomKind]?
}

let handmadeSchema = DatabaseSchema(
    tables: [
        HandmadeBooking.schema,
        HandmadeRoom.schema,
        HandmadeOddName.schema,
        HandmadeAddress.schema,
        HandmadeCase.schema,
        HandmadeCounter.schema,
        HandmadeDocument.schema,
        HandmadeEvent.schema,
        HandmadeLeftSide.schema,
        HandmadeNode.schema,
        HandmadeNote.schema,
        HandmadeNoteTag.schema,
        HandmadeOpenDoor.schema,
        HandmadePerson.schema,
        HandmadeReading.schema,
        HandmadeRightSide.schema,
        HandmadeSecret.schema,
        HandmadeTag.schema,
        HandmadeTagLabelPair.schema,
        HandmadeWide.schema,
    ],
    enums: [
        HandmadeRoomKind.definition,
        HandmadeMood.definition,
    ],
    objects: [
        SQLObject("function.forget(IN who bigint)", create: "CREATE OR REPLACE PROCEDURE forget(IN who bigint)\n LANGUAGE sql\nAS $procedure$ delete from person where id = who $procedure$", drop: "drop procedure forget(IN who bigint)"),
        SQLObject("function.is_even(value integer)", create: "CREATE OR REPLACE FUNCTION is_even(value integer)\n RETURNS boolean\n LANGUAGE sql\n IMMUTABLE\nAS $function$ select value % 2 = 0 $function$;\nrevoke execute on function is_even(value integer) from public;\ngrant execute on function is_even(value integer) to handmade_reader;\ngrant execute on function is_even(value integer) to handmade_writer", drop: "drop function is_even(value integer)"),
        SQLObject("function.touch()", create: "CREATE OR REPLACE FUNCTION touch()\n RETURNS trigger\n LANGUAGE plpgsql\nAS $function$\nbegin\n    new.updated_at := now(); -- \"always\"\n    return new;\nend\n$function$", drop: "drop function touch()"),
        SQLObject("view.person_names", create: "create view person_names as\nSELECT person.id,\n    person.name,\n    person.mood\n   FROM person\n  WHERE person.born IS NOT NULL;\ngrant select on person_names to handmade_reader", drop: "drop view person_names", dependsOn: ["person", "view.person"]),
        SQLObject("view.mood_counts", create: "create materialized view mood_counts as\nSELECT person.mood,\n    count(*) AS people\n   FROM person\n  GROUP BY person.mood", drop: "drop materialized view mood_counts", dependsOn: ["person", "view.person"]),
        SQLObject("trigger.document.document_touch", create: "CREATE TRIGGER document_touch AFTER INSERT OR DELETE OR UPDATE OF tenant ON document FOR EACH STATEMENT EXECUTE FUNCTION touch()", drop: "drop trigger document_touch on document", dependsOn: ["document"]),
        SQLObject("trigger.person.person_touch", create: "CREATE TRIGGER person_touch BEFORE UPDATE ON person FOR EACH ROW EXECUTE FUNCTION touch()", drop: "drop trigger person_touch on person", dependsOn: ["person"]),
    ],
    sequences: [
        SequenceSchema("ticket_number", type: .builtIn("int4"), options: IdentitySchema(.byDefault, start: 20, increment: 5, minimum: 10, maximum: 10000, cache: 3, cycles: true)),
    ],
    schemas: [
        "hotel",
    ],
    extensions: [
        "btree_gist",
    ],
    roles: [
        RoleSchema("handmade_reader"),
        RoleSchema("handmade_writer"),
    ],
    schemaGrants: [
        SchemaGrant([.usage], on: "hotel", to: ["handmade_reader"]),
        SchemaGrant([.usage, .create], on: "hotel", to: ["handmade_writer"]),
    ]
)
