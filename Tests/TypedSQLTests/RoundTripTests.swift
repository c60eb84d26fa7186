import JSON
import PostgresClient
import Primitives
import Testing
import TypedSQL

/// A column of each type, required and optional.
@Table("every_type")
struct EveryType {
    @Column(.primaryKey) let id: Int
    var bool: Bool
    var int16: Int16
    var int32: Int32
    var int64: Int64
    var float: Float
    var double: Double
    var text: String
    var numeric: PostgresNumeric
    var date: PostgresDate
    var interval: PostgresInterval
    var time: Timestamp
    var uuid: UUIDv7
    var typed: RunID
    var bytes: [UInt8]
    var json: JSONValue
    var raw: RawJSON
    var codable: JSONB<Settings>
    var status: RunStatus
    var priority: Priority
    var level: Level
    var words: [String]
    var numbers: [Int?]
    var statuses: [RunStatus]
    var blobs: [[UInt8]]
    var times: [Timestamp]
    @Column(.type(.varchar(12))) var short: String
    var custom: Celsius
}

@Table("every_null")
struct EveryNull {
    @Column(.primaryKey) let id: Int
    var bool: Bool?
    var int16: Int16?
    var int32: Int32?
    var int64: Int64?
    var float: Float?
    var double: Double?
    var text: String?
    var numeric: PostgresNumeric?
    var date: PostgresDate?
    var interval: PostgresInterval?
    var time: Timestamp?
    var uuid: UUIDv7?
    var typed: RunID?
    var bytes: [UInt8]?
    var json: JSONValue?
    var codable: JSONB<Settings>?
    var status: RunStatus?
    var level: Level?
    var words: [String]?
    var statuses: [RunStatus]?
    var custom: Celsius?
}

/// An enum kept as a number.
enum Level: Int16, ColumnValue {
    case low = -1
    case high = 300
}

/// A column type of one's own: degrees, kept in tenths.
struct Celsius: ColumnValue, Equatable {
    var degrees: Double

    static var sqlType: SQLType { .int4 }
    static var postgresType: PostgresType { .int4 }
    func encode(into bytes: inout [UInt8]) { Int32((degrees * 10).rounded()).encode(into: &bytes) }
    static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> Celsius {
        Celsius(degrees: Double(try Int32.decode(bytes, type: type)) / 10)
    }
}

@Suite("Values there and back")
struct RoundTripTests {
    private func withTables<R: Sendable>(_ body: (PostgresPool) async throws -> R) async throws -> R {
        try await withEmptyDatabase { database in
            let schema = DatabaseSchema(tables: [EveryType.schema, EveryNull.schema], enums: [RunStatus.definition])
            try await database.executeScript(schema.createStatements.joined(separator: ";\n"))
            return try await body(database)
        }
    }

    private static let plain = EveryType.Draft(
        id: 0, bool: true, int16: 1, int32: 2, int64: 3, float: 1.5, double: 2.5, text: "text", numeric: 12,
        date: PostgresDate(daysSince2000: 1),
        interval: PostgresInterval(months: 1, days: 2, microseconds: 3), time: Timestamp(milliseconds: 5), uuid: UUIDv7(), typed: RunID(),
        bytes: [1], json: ["a": 1], raw: RawJSON(unchecked: Array("[1]".utf8)), codable: JSONB(Settings(theme: "x")), status: .queued,
        priority: .low, level: .low, words: ["a"], numbers: [1, nil], statuses: [.queued, .failed], blobs: [[1], []],
        times: [Timestamp(milliseconds: 1)], short: "short", custom: Celsius(degrees: 36.6))

    /// Extremes, one a row.
    private static var extremes: [EveryType.Draft] {
        var drafts: [EveryType.Draft] = []
        func add(_ change: (inout EveryType.Draft) -> Void) {
            var draft = plain
            draft.id = drafts.count
            change(&draft)
            drafts.append(draft)
        }
        add { _ in }
        for bound in [true, false] {
            add { draft in
                draft.bool = bound
                draft.int16 = bound ? .max : .min
                draft.int32 = bound ? .max : .min
                draft.int64 = bound ? .max : .min
                draft.float = bound ? .greatestFiniteMagnitude : -.leastNonzeroMagnitude
                draft.double = bound ? .greatestFiniteMagnitude : -.leastNonzeroMagnitude
                draft.date = bound ? .infinity : .negativeInfinity
                draft.time = bound ? .postgresInfinity : .postgresNegativeInfinity
                draft.interval = PostgresInterval(months: bound ? .max : .min, days: bound ? .max : .min, microseconds: bound ? .max : .min)
                draft.uuid = UUIDv7(high: bound ? .max : 0, low: bound ? .max : 0)
                draft.typed = RunID(draft.uuid)
                draft.numeric = bound ? .infinity : .negativeInfinity
                draft.level = bound ? .high : .low
                draft.statuses = bound ? RunStatus.allCases : []
            }
        }
        add { draft in
            draft.float = .nan
            draft.double = .nan
            draft.numeric = .nan
        }
        add { draft in
            draft.float = -.infinity
            draft.double = .infinity
            draft.numeric = PostgresNumeric("-" + String(repeating: "9", count: 100) + "." + String(repeating: "1", count: 200)) ?? 0
        }
        add { draft in
            draft.text = ""
            draft.bytes = []
            draft.json = .null
            draft.words = []
            draft.numbers = []
            draft.blobs = []
            draft.times = []
            draft.short = ""
            draft.numeric = PostgresNumeric("0.000") ?? 1
            draft.custom = Celsius(degrees: -273.1)
        }
        add { draft in
            draft.text = "Größe \u{1F469}\u{200D}\u{1F469}\u{200D}\u{1F467} e\u{301} \u{202E}abc \n\t\r\"'\\ $1 {a,b} NULL; -- /* */"
            draft.bytes = Array(0...255)
            draft.json = ["k\"e'y": [1, "\u{1F600}", true, nil, ["deep": [:]]]]
            draft.codable = JSONB(Settings(theme: "\u{1F600}\"\\", limits: [.max, .min]))
            draft.words = ["NULL", "", "{a,b}", "\"", "\\", "a b", "ü", "\n"]
            draft.blobs = [[0, 92, 34], [255]]
            draft.short = "zwölf\u{1F600}zeich"
        }
        // Times of other zones are times all the same; a microsecond before and after the epochs.
        for microseconds in [-1, 0, 1, 946_684_799_999_999, 946_684_800_000_000, -62_135_596_800_000_000, 253_402_300_799_999_999]
            as [Int64]
        {
            add { $0.time = Timestamp(microseconds: microseconds) }
        }
        return drafts
    }

    @Test("Every type, extremes and oddities, by parameters and by COPY")
    func everyType() async throws {
        try await withTables { database in
            for usesCopy in [false, true] {
                let drafts = Self.extremes
                if usesCopy {
                    try await database.run(EveryType.delete().everyRow())
                    #expect(try await database.copy(drafts, into: EveryType.self) == drafts.count)
                } else {
                    for draft in drafts { #expect(try await database.run(EveryType.insert(draft)) == 1) }
                }
                let rows = try await database.all(EveryType.from().orderBy { $0.id })
                #expect(rows.count == drafts.count)
                for (row, draft) in zip(rows, drafts) { expectEqual(row, draft) }
            }
        }
    }

    private func expectEqual(_ row: EveryType, _ draft: EveryType.Draft) {
        let context: Comment = "row \(draft.id)"
        #expect(row.bool == draft.bool && row.int16 == draft.int16 && row.int32 == draft.int32 && row.int64 == draft.int64, context)
        #expect(row.float.isNaN && draft.float.isNaN || row.float.bitPattern == draft.float.bitPattern, context)
        #expect(row.double.isNaN && draft.double.isNaN || row.double.bitPattern == draft.double.bitPattern, context)
        #expect(row.text.utf8.elementsEqual(draft.text.utf8) && row.short.utf8.elementsEqual(draft.short.utf8), context)
        #expect(row.numeric == draft.numeric && row.date == draft.date && row.interval == draft.interval && row.time == draft.time, context)
        #expect(row.uuid == draft.uuid && row.typed == draft.typed && row.bytes == draft.bytes, context)
        #expect(row.json == draft.json && row.codable == draft.codable && row.custom == draft.custom, context)
        #expect(row.status == draft.status && row.priority == draft.priority && row.level == draft.level, context)
        #expect(row.words == draft.words && row.numbers == draft.numbers && row.statuses == draft.statuses, context)
        #expect(row.blobs == draft.blobs && row.times == draft.times, context)
    }

    @Test("NULL in every column, and in none, by one row and by many")
    func everyNull() async throws {
        try await withTables { database in
            let empty = EveryNull.Draft(id: 1)
            var full = EveryNull.Draft(id: 2)
            (full.bool, full.int16, full.int32, full.int64, full.float, full.double) = (false, 0, 0, 0, 0, -0.0)
            (full.text, full.numeric, full.date, full.interval) = ("", 0, PostgresDate(daysSince2000: 0), PostgresInterval())
            (full.time, full.uuid, full.typed, full.bytes) = (.now, UUIDv7(), RunID(), [])
            (full.json, full.codable, full.status, full.level) = (.null, JSONB(Settings(theme: "")), .failed, .high)
            (full.words, full.statuses, full.custom) = ([], [.failed], Celsius(degrees: 0))
            try await database.run(EveryNull.insert(empty))
            try await database.run(EveryNull.insert(full))
            // The same two by one statement; arrays among the columns make it one parameter a value.
            var more = [empty, full]
            (more[0].id, more[1].id) = (3, 4)
            try await database.run(EveryNull.insert(more))
            let rows = try await database.all(EveryNull.from().orderBy { $0.id })
            for row in [rows[0], rows[2]] {
                #expect(
                    row.bool == nil && row.int16 == nil && row.int32 == nil && row.int64 == nil && row.float == nil && row.double == nil)
                #expect(
                    row.text == nil && row.numeric == nil && row.date == nil && row.interval == nil && row.time == nil && row.uuid == nil)
                #expect(
                    row.typed == nil && row.bytes == nil && row.json == nil && row.codable == nil && row.status == nil && row.level == nil)
                #expect(row.words == nil && row.statuses == nil && row.custom == nil)
            }
            for row in [rows[1], rows[3]] {
                #expect(row.bool == false && row.int64 == 0 && row.double?.sign == .minus && row.text == "" && row.numeric == 0)
                #expect(row.time == full.time && row.typed == full.typed && row.bytes == [] && row.json == .some(.null))
                #expect(row.status == .failed && row.level == .high && row.words == [] && row.statuses == [.failed])
                #expect(row.codable == full.codable && row.custom == full.custom && row.interval == PostgresInterval())
            }
            // SQL's NULL and JSON's null are two things.
            let isNull = try await database.all(EveryNull.from().orderBy { $0.id }.limit(2).select { $0.json.isNull() })
            #expect(isNull == [true, false])
        }
    }

    @Test("Values in conditions, lists and assignments mean what they mean in rows")
    func conditions() async throws {
        try await withTables { database in
            let draft = Self.plain
            try await database.run(EveryType.insert(draft))
            func matches(_ condition: (EveryType.Columns) -> Condition) async throws -> Bool {
                try await database.exists(EveryType.from().where { condition($0) })
            }
            #expect(try await matches { $0.time == draft.time && $0.date == draft.date && $0.interval == draft.interval })
            #expect(try await matches { $0.numeric == 12 && $0.double == 2.5 && $0.float == 1.5 && $0.custom == Celsius(degrees: 36.6) })
            #expect(try await matches { $0.uuid.isIn([draft.uuid]) && $0.typed.isIn([draft.typed]) && $0.status.isIn([.queued]) })
            #expect(try await matches { $0.level.isIn([.low, .high]) && $0.priority.isIn([.low]) && $0.bytes.isIn([[1], []]) })
            #expect(try await matches { $0.json.isIn([["a": 1]]) && $0.time.isIn([draft.time]) && $0.numeric.isIn([12]) })
            #expect(try await !matches { $0.status.isIn([]) })
            #expect(try await matches { $0.status.isNotIn([]) && $0.status < .running })
            #expect(try await matches { $0.words == ["a"] && $0.statuses == [.queued, .failed] && $0.statuses.contains(element: .failed) })
            try await database.run(
                EveryType.update { row in
                    row.status.set(.failed)
                    row.statuses.set([.running])
                    row.codable.set(JSONB(Settings(theme: "y")))
                    row.time.set(row.time + .seconds(1))
                    row.numeric.set(row.numeric * 2)
                    row.custom.set(Celsius(degrees: 1.5))
                }.everyRow())
            let row = try await database.one(EveryType.from())
            #expect(row.status == .failed && row.statuses == [.running] && row.codable.theme == "y" && row.numeric == 24)
            #expect(row.time == draft.time + .seconds(1) && row.custom.degrees == 1.5)
        }
    }

    @Test("Values read back as the server itself prints them")
    func asText() async throws {
        try await withTables { database in
            var draft = Self.plain
            draft.time = Timestamp(microseconds: 1_700_000_000_123_456)
            try await database.run(EveryType.insert(draft))
            let text = try await database.one(
                EveryType.from().select { row in
                    (
                        row.time.cast(to: String.self), row.numeric.cast(to: String.self), row.status.cast(to: String.self),
                        Fragment("\(row.time) at time zone 'Asia/Tokyo'").as(Timestamp.self).cast(to: String.self),
                        row.uuid.cast(to: String.self), row.int64.cast(to: PostgresNumeric.self)
                    )
                })
            #expect(text.0 == "2023-11-14 22:13:20.123456+00" && text.1 == "12" && text.2 == "queued")
            #expect(text.3 == "2023-11-15 07:13:20.123456" && text.4 == draft.uuid.description && text.5 == 3)
        }
    }

    @Test("Stored JSON that does not fit is an error that names the place, not the value")
    func unreadableJSON() async throws {
        try await withTables { database in
            try await database.run(EveryType.insert(Self.plain))
            try await database.execute("update every_type set codable = '{\"theme\": 5, \"limits\": [], \"secret\": \"x\"}'")
            let error = await #expect(throws: PostgresError.self) { _ = try await database.all(EveryType.from()) }
            #expect(error?.code == .decoding && error?.message.contains("theme") == true && error?.message.contains("secret") == false)
        }
    }
}
