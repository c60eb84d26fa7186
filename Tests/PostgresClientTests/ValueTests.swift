import JSON
import PostgresClient
import Primitives
import Testing

enum Flavor: String, PostgresEncodable, PostgresDecodable {
    case sweet
    case sour = "süß-sauer"
}

enum MessageTag: TypeIDTag {
    static var prefix: String { "msg" }
}

/// Values go to the server and come back equal, and the server's own text for them is what we say it is.
@Suite struct ValueTests {
    @Test("Booleans round-trip") func booleans() async throws { try await roundTrip([true, false], text: ["true", "false"]) }

    @Test("Integers round-trip and check their range") func integers() async throws {
        try await roundTrip([Int16.min, -1, 0, 1, .max], text: ["-32768", "-1", "0", "1", "32767"])
        try await roundTrip([Int32.min, -1, 0, 1, .max])
        try await roundTrip([Int64.min, -1, 0, 1, .max], text: ["-9223372036854775808", "-1", "0", "1", "9223372036854775807"])
        try await roundTrip([Int.min, -1, 0, 1, .max])
    }

    @Test("Integers of every width decode as Int") func integersOfEveryWidthAreReadAsInt() async throws {
        try await withPool(maximum: 1) { pool async throws in
            let row = try await pool.query(
                "select 1::int2, 2::int4, 3::int8, array[1, 2]::int4[], 4::oid, sum(n), count(*) from generate_series(1, 3) n")[0]
            #expect(try row.decode(Int.self, Int.self, Int.self, [Int].self) == (1, 2, 3, [1, 2]))
            #expect(try [4, 5, 6].map { try row.get($0, as: Int.self) } == [4, 6, 3])
            #expect(try row.decode(Int64.self, Int16.self, Int32.self) == (1 as Int64, 2 as Int16, 3 as Int32))
        }
    }

    @Test("Floating-point values round-trip") func floatingPoint() async throws {
        try await roundTrip([Float(0), -0.5, .infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude])
        try await roundTrip([0, -0.1, .infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude, .pi])
        try await withPool(maximum: 1) { pool async throws in
            #expect(try await pool.value("select \(Double.nan)", as: Double.self).isNaN)
            #expect(try await pool.value("select 1.5::float4", as: Double.self) == 1.5)
        }
    }

    @Test("Strings round-trip") func strings() async throws {
        let texts = ["", "a", "O'Reilly \\ \"quoted\" $1 %s", "日本語 👩‍👩‍👧‍👦 e\u{301}", "\u{10FFFF}\u{1}", String(repeating: "ß", count: 70_000)]
        try await roundTrip(texts, text: texts)
        try await withPool(maximum: 1) { pool async throws in
            let row = try await pool.query(
                "select 'x'::varchar(9), 'y'::char(3), 'z'::name, 'c'::\"char\", '{\"a\": 1}'::jsonb, '[1]'::json, ''::bpchar")[0]
            let read = try (0..<row.columnCount).map { try row.get($0, as: String.self) }
            #expect(read == ["x", "y  ", "z", "c", "{\"a\": 1}", "[1]", ""])
        }
    }

    @Test("Bytes round-trip") func bytes() async throws {
        let all = (0...255).map { UInt8($0) }
        try await roundTrip([[], [0], all], text: ["\\x", "\\x00", "\\x" + all.map { Hex.encode([$0]) }.joined()])
    }

    @Test("UUIDs round-trip") func identifiers() async throws {
        try await roundTrip([UUIDv7(high: 0, low: 0), UUIDv7(high: .max, low: .max), UUIDv7()])
        let id = UUIDv7()
        try await roundTrip([id], text: [id.description])
        try await roundTrip([TypeID<MessageTag>(), TypeID<MessageTag>()])
        try await withPool(maximum: 1) { pool async throws in
            #expect(try await pool.value("select \(id)", as: String.self) == id.description)
            #expect(try await pool.value("select \(id) = any(\([id, UUIDv7()]))", as: Bool.self))
        }
    }

    @Test("Timestamps round-trip") func times() async throws {
        let known = Timestamp(microseconds: 1_795_341_600_123_456)
        try await roundTrip([known], text: ["2026-11-22 10:00:00.123456+00"])
        try await roundTrip([Timestamp(microseconds: 0), Timestamp(microseconds: -1), .now])
        try await roundTrip([Timestamp(microseconds: .max), Timestamp(microseconds: .min)], text: ["infinity", "-infinity"])
        try await withPool(maximum: 1) { pool async throws in
            #expect(try await pool.value("select '2000-01-01'::timestamp", as: Timestamp.self).microseconds == 946_684_800_000_000)
            let now = try await pool.value("select now()", as: Timestamp.self)
            #expect(abs((Timestamp.now - now).milliseconds) < 60_000)
        }
    }

    @Test("JSON round-trips") func json() async throws {
        let value: JSONValue = ["a": [1, 2.5, nil, true], "ü": "\u{1F600}\"\\\n", "empty": [:]]
        try await roundTrip([value, .null, .number(1), "text", []])
        try await roundTrip([RawJSON(value)].map { RawJSON(unchecked: Array("{\"k\": \($0.bytes.count)}".utf8)) })
        try await withPool(maximum: 1) { pool async throws in
            #expect(try await pool.value("select \(value) ->> 'ü'", as: String.self) == "\u{1F600}\"\\\n")
            #expect(try await pool.value("select '{\"b\":1, \"a\":[ ]}'::json", as: RawJSON.self).text == "{\"b\":1, \"a\":[ ]}")
            #expect(try await pool.value("select jsonb_typeof(\(JSONValue.null))", as: String.self) == "null")
            #expect(try await pool.value("select \(nil as JSONValue?) is null", as: Bool.self))
        }
    }

    @Test("numeric round-trips") func numerics() async throws {
        let texts = [
            "0", "0.00", "1", "-1", "10000", "12345678901234567890.123456789", "0.0001", "-0.000012340", "99999999.9999", "1e40", "1e-20",
            "100000000",
            "NaN", "Infinity", "-Infinity", "3.14159",
        ]
        try await withPool(maximum: 1) { pool async throws in
            for text in texts {
                let row = try await pool.query(
                    "select (\(PostgresUntyped(text)))::numeric, (\(PostgresUntyped(text)))::numeric::text, (\(PostgresUntyped(text)))::float8"
                )[0]
                let (ours, theirs, double) = try row.decode(String.self, String.self, Double.self)
                #expect(ours == theirs)
                let nearest = try row.get(0, as: Double.self)
                #expect(nearest == double || nearest.isNaN && double.isNaN)
            }
        }
    }

    @Test("Enums and untyped text round-trip") func enumsAndUntypedText() async throws {
        try await withPool(maximum: 1) { pool async throws in
            try await pool.executeScript("drop type if exists flavor cascade; create type flavor as enum ('sweet', 'süß-sauer')")
            #expect(try await pool.value("select 'süß-sauer'::flavor", as: Flavor.self) == .sour)
            #expect(try await pool.value("select \(Flavor.sour)", as: String.self) == "süß-sauer")
            #expect(try await pool.value("select 'sweet'::flavor = \(PostgresUntyped("sweet"))", as: Bool.self))
            #expect(try await pool.value("select array['sweet']::flavor[] = \([PostgresUntyped("sweet")])", as: Bool.self))
            #expect(
                try await pool.value("select \([PostgresUntyped("a\"b\\,{"), PostgresUntyped("")])::text[]", as: [String].self) == [
                    "a\"b\\,{", "",
                ])
            #expect(await postgresError { _ = try await pool.value("select 'bitter'", as: Flavor.self) }?.code == .decoding)
            #expect(try await pool.value("select \(nil as PostgresUntyped?)::int", as: Int?.self) == nil)
        }
    }

    @Test("Decoding a wrong type throws") func wrongTypesFailLoudly() async throws {
        try await withPool(maximum: 1) { pool async throws in
            let row = try await pool.query(
                "select 1::int8, 'x'::text, now(), '2026-01-01'::date, array[[1],[2]], '\\x00'::bytea, interval '1 day'")[0]
            #expect(await postgresError { _ = try row.get(0, as: String.self) }?.code == .decoding)
            #expect(await postgresError { _ = try row.get(1, as: Int.self) }?.code == .decoding)
            #expect(await postgresError { _ = try row.get(2, as: Int64.self) }?.code == .decoding)
            #expect(await postgresError { _ = try row.get(3, as: String.self) }?.message.contains("date") == true)
            #expect(await postgresError { _ = try row.get(4, as: [Int].self) }?.message.contains("dimensions") == true)
            #expect(await postgresError { _ = try row.get(5, as: String.self) }?.code == .decoding)
            #expect(await postgresError { _ = try row.get(1, as: [Int].self) }?.code == .decoding)
            #expect(await postgresError { _ = try row.get(0, as: Bool.self) }?.code == .decoding)
        }
    }
}

@Suite struct SQLTests {
    @Test("Fragments bind and renumber their parameters") func bindsAndRenumbers() {
        let filter: SQL = "a = \(1) and b = \("x")"
        let statement: SQL = "select \(identifier: "odd \"name\"") from t where c = \(true) and \(filter) or d = \(nil as Int?)"
        #expect(statement.text == "select \"odd \"\"name\"\"\" from t where c = $1 and a = $2 and b = $3 or d = $4")
        #expect(statement.parameters.types == [16, 20, 25, 20])
        #expect((statement + " limit \(5)").text.hasSuffix("d = $4 limit $5"))
    }

    @Test("Joins many fragments") func joinsManyFragments() {
        let parts = (1...12).map { "\($0)" as SQL }
        let list = SQL.joined(parts, separator: ", ")
        let statement: SQL = "x = \(0) or y in (\(list))"
        #expect(statement.text == "x = $1 or y in ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)")
        #expect(statement.parameters.count == 13)
    }

    @Test("Literals with dollar signs are unchanged") func literalsWithDollarsAreLeftAlone() {
        let quoted: SQL = "select '$1', \(1)"
        let statement: SQL = "\(2) \(quoted)"
        #expect(statement.text == "$1 select '$1', $2")
    }

    @Test("A query's description shows no values") func showsNoValues() {
        let statement: SQL = "select \("secret"), \(nil as Int?)"
        #expect(!"\(statement)".contains("secret"))
        #expect("\(statement)" == "select $1, $2 [text (6 bytes), int8 NULL]")
    }
}
