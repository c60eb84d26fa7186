import Primitives
import Testing

@Suite struct TimestampTests {
    @Test(
        "Reads and writes RFC 3339",
        arguments: [
            ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00.000Z"),
            ("2026-11-22T10:00:00.123456Z", 1_795_341_600_123_456, "2026-11-22T10:00:00.123Z"),
            ("2026-11-22T12:30:00+02:30", 1_795_341_600_000_000, "2026-11-22T10:00:00.000Z"),
            ("2024-02-29T23:59:59.9999999Z", 1_709_251_199_999_999, "2024-02-29T23:59:59.999Z"),
            ("1969-12-31T23:59:59.5Z", -500_000, "1969-12-31T23:59:59.500Z"),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000_000, "0001-01-01T00:00:00.000Z"),
            ("2000-03-01t00:00:00z", 951_868_800_000_000, "2000-03-01T00:00:00.000Z"),
        ])
    func rfc3339(text: String, microseconds: Int64, written: String) throws {
        let time = try #require(Timestamp(rfc3339: text))
        #expect(time.microseconds == microseconds)
        #expect(time.rfc3339 == written)
    }

    @Test(
        "Refuses what is no moment",
        arguments: [
            "", "2026-11-22", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-00-10T00:00:00Z", "2026-04-31T00:00:00Z",
            "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00Zx", " 2026-01-01T00:00:00Z", "2026-1-01T00:00:00Z",
        ])
    func refused(text: String) { #expect(Timestamp(rfc3339: text) == nil) }

    @Test("Every day of eight centuries survives the way out and back")
    func days() throws {
        for day in stride(from: Int64(-150_000), through: 150_000, by: 37) {
            let time = Timestamp(microseconds: day * 86_400_000_000 + 12_345_000)
            #expect(Timestamp(rfc3339: time.rfc3339) == time)
        }
    }

    @Test("Arithmetic clamps instead of trapping")
    func extremes() {
        #expect(Timestamp(microseconds: .max).advanced(by: .seconds(1)).microseconds == .max)
        #expect(Timestamp(microseconds: .min).advanced(by: .seconds(-1)).microseconds == .min)
        #expect(Timestamp(milliseconds: .max).microseconds == .max)
        #expect(Timestamp(microseconds: -1).milliseconds == -1)
        #expect(Timestamp(microseconds: 5_000_000) - Timestamp(microseconds: 2_000_000) == .seconds(3))
    }

    @Test("The clock runs")
    func now() {
        let first = Timestamp.now
        #expect(first.rfc3339 > "2025")
        #expect(Timestamp.now >= first)
    }
}

@Suite struct DurationTests {
    @Test(
        "Reads and writes ISO 8601",
        arguments: [
            ("PT0S", Duration.zero, "PT0S"), ("PT5M", .seconds(300), "PT5M"), ("P1D", .seconds(86_400), "P1D"),
            ("P2W", .seconds(1_209_600), "P14D"),
            ("PT1H30M15S", .seconds(5415), "PT1H30M15S"), ("PT0.5S", .milliseconds(500), "PT0.5S"),
            ("P1DT0.000000001S", .seconds(86_400) + .nanoseconds(1), "P1DT0.000000001S"),
            ("PT90M", .seconds(5400), "PT1H30M"), ("PT36H", .seconds(129_600), "P1DT12H"),
        ])
    func iso8601(text: String, duration: Duration, written: String) {
        #expect(Duration(iso8601: text) == duration)
        #expect(duration.iso8601 == written)
    }

    @Test(
        "Refuses what has no fixed length, or is none",
        arguments: [
            "", "P", "PT", "P1DT", "5M", "PT5", "P1Y", "P1M", "PT-5M", "-PT5M", "PT5M1H", "PT1.5M", "PT5M5M", "P1W1W", "PT1D", "P1H",
            "pt5m", "PT 5M",
            "PT9999999999999999999S", "P999999999999999W",
        ])
    func refused(text: String) { #expect(Duration(iso8601: text) == nil) }
}
