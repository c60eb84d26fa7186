import PostgresClient
import Primitives
import TestServices
import Testing

@Suite(.serialized) struct DecimalAndTimeTests {
    @Test("numeric values are exact") func numericsAreExact() async throws {
        let nines = String(repeating: "9", count: 131_072)
        let tiny = "-0." + String(repeating: "0", count: 16_382) + "1"
        let texts = [
            "0", "0.00", "0.0000", "1", "-1", "9999", "10000", "-10000.0001", "100000000", "12345678901234567890.123456789000", "0.0001",
            "0.00001", "-0.000012340", "99999999.9999", "NaN", "Infinity", "-Infinity", nines, "-\(nines).5", tiny,
            "1000000000000.00000000",
        ]
        try await roundTrip(texts.map { try #require(PostgresNumeric($0)) }, text: texts)
        #expect(texts.map { PostgresNumeric($0)?.text } == texts)
    }

    @Test("Random numeric values agree with the server") func randomNumericsAgreeWithTheServer() async throws {
        try await withPool(maximum: 1) { pool async throws in
            let count = 300
            var random = SeededRandom("numerics", count: count)
            for _ in 0..<count {
                let text = numeric(using: &random)
                let ours = try #require(PostgresNumeric(text), "\(text)")
                let row = try await pool.query(
                    "select \(PostgresUntyped(text))::numeric, \(ours)::text, \(PostgresUntyped(text))::numeric::text")[0]
                let (theirs, sent, written) = try row.decode(PostgresNumeric.self, String.self, String.self)
                #expect(ours.text == written, "\(text)")
                #expect(sent == written, "\(text)")
                #expect(theirs == ours, "\(text)")
            }
        }
    }

    private func numeric(using random: inout SeededRandom) -> String {
        func digits() -> String {
            String((0..<Int.random(in: 0...30, using: &random)).map { _ in "0001259".randomElement(using: &random) ?? "0" })
        }
        let sign = Bool.random(using: &random) ? "-" : ""
        let exponent = Bool.random(using: &random) ? "" : "e\(Int.random(in: -40...40, using: &random))"
        return sign + "0" + digits() + "." + digits() + exponent
    }

    @Test("numeric parses valid texts and rejects others") func numericsReadAndRefuseTexts() {
        #expect(
            ["1e3", ".5", "5.", "+1", "-0", "-0.0", "1.50e1", "12e-1", "007"].map { PostgresNumeric($0)?.text } == [
                "1000", "0.5", "5", "1", "0", "0.0", "15.0", "1.2", "7",
            ])
        for text in [
            "", ".", "-", "1.2.3", "1e", "e1", "0x1", "1_000", " 1", "١", "1e999999", "1e-16384", "1e-9223372036854775808", "inf", "nan",
        ] {
            #expect(PostgresNumeric(text) == nil, "\(text)")
        }
        #expect(PostgresNumeric("12.00")?.int == 12)
        #expect(PostgresNumeric("-12.01")?.int == nil)
        #expect(PostgresNumeric("9223372036854775808")?.int == nil)
        #expect(PostgresNumeric.nan.int == nil)
        #expect(PostgresNumeric("-1e400")?.double == -.infinity)
        #expect(PostgresNumeric.nan.double.isNaN && !PostgresNumeric.infinity.isFinite && PostgresNumeric(5).isFinite)
    }

    @Test("Dates round-trip, including infinity and the ends of the range") func dates() async throws {
        let texts = [
            "2000-01-01", "1999-12-31", "2026-11-22", "2000-02-29", "1900-02-28", "1900-03-01", "0001-01-01", "0001-12-31 BC",
            "4714-11-24 BC",
            "5874897-12-31", "infinity", "-infinity", "1970-01-01",
        ]
        try await roundTrip(texts.map { try #require(PostgresDate($0)) }, text: texts)
        #expect(texts.map { PostgresDate($0)?.description } == texts)
        let count = 500
        var generator = SeededRandom("dates", count: count)
        let random = (0..<count).map { _ in PostgresDate(daysSince2000: .random(in: -2_451_545...2_145_031_948, using: &generator)) }
        try await roundTrip(random, text: random.map(\.description))
        #expect(random.allSatisfy { PostgresDate($0.description) == $0 })
        for text in [
            "", "2026-13-01", "2026-02-29", "1900-02-29", "2026-1-1", "4714-11-23 BC", "5874898-01-01", "0000-01-01", "-001-01-01",
        ] {
            #expect(PostgresDate(text) == nil, "\(text)")
        }
        #expect(PostgresDate.negativeInfinity < PostgresDate(daysSince2000: 0))
    }

    @Test("Intervals round-trip") func intervals() async throws {
        let intervals = [
            PostgresInterval(), PostgresInterval(months: 14, days: 3, microseconds: 14_706_789_000), PostgresInterval(months: -1, days: 2),
            PostgresInterval(microseconds: -1), PostgresInterval(days: -7, microseconds: 86_400_000_000 * 3),
            PostgresInterval(.milliseconds(-1500)),
            PostgresInterval(months: 25, microseconds: -60_000_000),
        ]
        try await roundTrip(intervals)
        // The server's own extremes, whose text it cannot always read back itself.
        try await roundTrip([
            PostgresInterval(months: .max, days: .max, microseconds: .max),
            PostgresInterval(months: .min + 1, days: .min, microseconds: .min + 1),
        ])
        try await withPool(maximum: 1) { pool async throws in
            for interval in intervals {
                let text = try await pool.batch(["set local intervalstyle = iso_8601", "select (\(interval))::text"])[1][0].decode(
                    String.self)
                #expect(text == interval.description)
            }
            #expect(
                try await pool.value("select interval '1 day 2 hours'", as: PostgresInterval.self)
                    == .init(days: 1, microseconds: 7_200_000_000))
            #expect(try await pool.value("select \(PostgresInterval(.seconds(90))) = interval '90 s'", as: Bool.self))
        }
        #expect(PostgresInterval(.microseconds(-1_500_001)).duration == .microseconds(-1_500_001))
        #expect(PostgresInterval(days: 1).duration == nil)
        #expect(PostgresInterval(.seconds(Int64.max)).microseconds == .max)
    }

    @Test("Times at the ends of the range round-trip") func timesAtTheEnds() async throws {
        try await roundTrip([Timestamp.postgresInfinity, .postgresNegativeInfinity], text: ["infinity", "-infinity"])
        try await roundTrip([Timestamp(microseconds: .max - 1)])
        try await withPool(maximum: 1) { pool async throws in
            let late = await postgresError { _ = try await pool.value("select '294276-12-31'::timestamptz", as: Timestamp.self) }
            #expect(late?.code == .decoding)
            let early = Timestamp(microseconds: .min + 1)
            let error = await postgresError { _ = try await pool.query("select \(early)") }
            #expect(error?.sqlState == "22008", "out of range is an error, not an infinity")
            #expect(try await pool.value("select \(Timestamp.postgresInfinity) > now()", as: Bool.self))
            let first = try await pool.value("select '4714-11-24 00:00:00+00 BC'::timestamptz", as: Timestamp.self)
            #expect(try await pool.value("select \(first)::text", as: String.self) == "4714-11-24 00:00:00+00 BC")
        }
    }

    @Test("Four-byte floats round-trip") func floatsOfFourBytes() async throws {
        try await roundTrip([Float.ulpOfOne, .pi, -.greatestFiniteMagnitude, .leastNonzeroMagnitude, -0.0, .infinity])
        try await withPool(maximum: 1) { pool async throws in
            #expect(try await pool.value("select \(Float.nan)", as: Float.self).isNaN)
            #expect(try await pool.value("select \([Float.nan, 1])", as: [Float].self)[0].isNaN)
        }
    }
}
