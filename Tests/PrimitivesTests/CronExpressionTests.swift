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
            ("61 * * * *", "minute"), ("* * * *", "5 fields"), ("* * 30 2 *", "no month"), ("*/0 * * * *", "step"),
            ("0 0 1-31 * MON", "write * instead"), ("0 0 0 * * 7", "SUN"), ("0 0 1 * MON#2", "must be *"), ("", "5 fields"),
        ])
    func refusals(text: String, reason: String) {
        let error = #expect(throws: CronError.self) { try CronExpression(text) }
        #expect(error?.message.contains(reason) == true)
    }

    @Test func neverIsNil() throws {
        // The fifth Monday of a February that has one comes at least every forty years.
        let expression = try CronExpression("0 0 * 2 MON#5")
        #expect(expression.next(after: Timestamp(milliseconds: 0), in: .gmt) != nil)
    }
}
