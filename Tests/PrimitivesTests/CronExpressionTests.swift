import Foundation
import Primitives
import Testing

@Suite struct CronExpressionTests {
    @Test(
        "Clocks that change",
        arguments: [
            ("30 2 * * *", "America/New_York", "2024-03-09T12:00:00-05:00", "2024-03-10T03:30:00-04:00"),
            ("30 1 * * *", "America/New_York", "2024-11-02T12:00:00-04:00", "2024-11-03T01:30:00-04:00"),
            ("30 1 * * *", "America/New_York", "2024-11-03T01:30:00-04:00", "2024-11-04T01:30:00-05:00"),
            ("30 * * * *", "America/New_York", "2024-11-03T01:30:00-04:00", "2024-11-03T01:30:00-05:00"),
            ("15 2 * * *", "Australia/Lord_Howe", "2024-10-05T12:00:00+10:30", "2024-10-06T02:45:00+11:00"),
            ("0 12 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00-10:00", "2011-12-31T12:00:00+14:00"),
            ("0 9 * * *", "Europe/Berlin", "2024-03-30T09:00:00+01:00", "2024-03-31T09:00:00+02:00"),
        ])
    func clocks(text: String, zone: String, after: String, next: String) throws {
        try expect(text, zone, after, next)
    }

    @Test(
        "The calendar",
        arguments: [
            ("* * * * *", "2024-01-01T00:00:59.999Z", "2024-01-01T00:01:00Z"),
            ("* * * * * *", "2024-01-01T00:00:00.001Z", "2024-01-01T00:00:01Z"),
            ("0 0 L * *", "2024-02-01T00:00:00Z", "2024-02-29T00:00:00Z"),
            ("0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z"),
            ("0 0 13 * FRI", "2024-09-01T00:00:00Z", "2024-09-06T00:00:00Z"),
            ("0 0 * * MON#2", "2024-09-10T00:00:00Z", "2024-10-14T00:00:00Z"),
            ("0 0 * 2 MON#5", "2024-03-01T00:00:00Z", "2044-02-29T00:00:00Z"),
            ("5/20 22-23 * dec sun", "2024-11-30T00:00:00Z", "2024-12-01T22:05:00Z"),
            ("@yearly", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"),
        ])
    func calendar(text: String, after: String, next: String) throws {
        try expect(text, "UTC", after, next)
    }

    private func expect(_ text: String, _ zone: String, _ after: String, _ next: String) throws {
        let zone = try #require(TimeZone(identifier: zone))
        let time = try #require(Timestamp(rfc3339: after))
        #expect(try CronExpression(text).next(after: time, in: zone) == Timestamp(rfc3339: next))
    }

    @Test(
        "Says which field is wrong",
        arguments: [
            ("61 * * * *", "minute"), ("* *", "5 fields"), ("* * 30 2 *", "no month"), ("*/0 * * * *", "step"), ("", "5 fields"),
            ("0 0 30W 2 *", "no month"), ("0 0 * * L", "day of week"), ("0 0 L-3 * *", "day of month"), ("H(5) * * * *", "H(a-b)"),
            ("H(9-5) * * * *", "upwards"), ("0 W * * *", "hour"),
        ])
    func refusals(text: String, reason: String) {
        let error = #expect(throws: CronError.self) { try CronExpression(text) }
        #expect(error?.message.contains(reason) == true)
    }

    @Test(
        "The reference's whole dialect",
        arguments: [
            ("0 12 * * 5L", "2024-02-01T00:00:00Z", "2024-02-23T12:00:00Z"),
            ("0 12 * * FRIL,MON", "2024-02-20T00:00:00Z", "2024-02-23T12:00:00Z"),
            ("0 0 1 * 7L", "2024-03-02T00:00:00Z", "2024-03-31T00:00:00Z"),
            ("0 0 15W * *", "2024-06-01T00:00:00Z", "2024-06-14T00:00:00Z"),
            ("0 0 1W 6 *", "2024-01-01T00:00:00Z", "2024-06-03T00:00:00Z"),
            ("0 0 31W * *", "2024-03-01T00:00:00Z", "2024-03-29T00:00:00Z"),
            ("0 0 LW * *", "2024-06-01T00:00:00Z", "2024-06-28T00:00:00Z"),
            // The week restricts the date however it matches: the 1st is in the first week.
            ("0 0 1,9 * MON#2", "2024-09-01T00:00:00Z", "2024-09-09T00:00:00Z"),
            ("0 0 10,20 * MON#2", "2024-09-09T00:00:00Z", "2024-09-10T00:00:00Z"),
            ("0 0 1-31 * MON", "2024-09-03T00:00:00Z", "2024-09-04T00:00:00Z"),
            ("0 0 0 * * 7", "2024-09-03T00:00:00Z", "2024-09-08T00:00:00Z"),
            ("@secondly", "2024-09-03T00:00:00Z", "2024-09-03T00:00:01Z"),
            ("@minutely", "2024-09-03T00:00:00Z", "2024-09-03T00:01:00Z"),
            ("@weekdays", "2024-09-06T12:00:00Z", "2024-09-09T00:00:00Z"),
            ("@weekends", "2024-09-06T12:00:00Z", "2024-09-07T00:00:00Z"),
            // Four fields: every second of the first minute of the hours given. Three: every second of hour zero.
            ("9 * * *", "2024-09-06T09:00:58Z", "2024-09-06T09:00:59Z"),
            ("9 * * *", "2024-09-06T09:00:59Z", "2024-09-07T09:00:00Z"),
            ("* * *", "2024-09-06T00:59:59Z", "2024-09-07T00:00:00Z"),
            ("*/90 * * * *", "2024-09-06T09:00:00Z", "2024-09-06T10:00:00Z"),
            ("5/99 * ? * *", "2024-09-06T09:05:00Z", "2024-09-06T10:05:00Z"),
        ])
    func dialect(text: String, after: String, next: String) throws {
        try expect(text, "UTC", after, next)
        #expect(try CronExpression(text).portabilityNote != nil, "not all clients read this")
    }

    @Test("H stays the same for one text, within its bounds, and differs between texts")
    func hashes() throws {
        var minutes: Set<Int> = []
        for number in 0..<50 {
            let text = "H(10-29) \(number % 24) * * *\(String(repeating: " ", count: number / 24))"
            let expression = try CronExpression(text)
            let time = try #require(expression.next(after: Timestamp(milliseconds: 0), in: .gmt))
            #expect(try CronExpression(text).next(after: Timestamp(milliseconds: 0), in: .gmt) == time)
            let minute = Int(time.milliseconds / 60_000 % 60)
            #expect((10...29).contains(minute))
            minutes.insert(minute)
        }
        #expect(minutes.count > 5)
        let quarters = try CronExpression("H/15 * * * *")
        let first = try #require(quarters.next(after: Timestamp(milliseconds: 0), in: .gmt))
        let second = try #require(quarters.next(after: first, in: .gmt))
        #expect((second - first) == .seconds(900))
    }

    @Test("IANA names alone are time zones, in any case")
    func zones() {
        for name in [
            "Europe/Berlin", "europe/berlin", "US/EASTERN", "UTC", "utc", "Etc/GMT+3", "EST5EDT", "Asia/Calcutta",
            "America/Argentina/Ushuaia",
        ] {
            #expect(TimeZone(iana: name) != nil, "\(name)")
        }
        for name in ["PST", "BST", "IST", "GMT+3", "UTC+3", "+03:00", "", "Mars/Base", "Factory", "SystemV/AST4"] {
            #expect(TimeZone(iana: name) == nil, "\(name)")
        }
        #expect(TimeZone.ianaName("europe/BERLIN") == "Europe/Berlin")
    }

    @Test("The fifth Monday of February comes at least every forty years") func neverIsNil() throws {
        // The fifth Monday of a February that has one comes at least every forty years.
        let expression = try CronExpression("0 0 * 2 MON#5")
        #expect(expression.next(after: Timestamp(milliseconds: 0), in: .gmt) != nil)
    }
}
