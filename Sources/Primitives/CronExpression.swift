/// When something repeats, written as cron writes it: `30 3 * * MON-FRI`.
///
/// Five fields — minute, hour, day of month, month, day of week — or six, with seconds first. A field is `*` or a list of values, ranges
/// `a-b`, and steps `*/n`, `a/n`, `a-b/n`. Months and days of the week have English names of three letters in any case; 0 and 7 are both
/// Sunday, 7 only without seconds. The day of month knows `L`, the month's last day; the day of week knows `MON#2`, the second Monday, if the day of month is `*`. `?` is `*` in either of them.
/// `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly` and `@annually` stand for the obvious. When both days are restricted, a day that
/// satisfies either will do.
///
/// This is what the cron libraries of all BullMQ clients read alike; what only some of them know, or what they understand differently, is
/// refused.
public struct CronExpression: Hashable, Sendable, CustomStringConvertible {
    /// As it was written.
    public let text: String

    let seconds: CronSet
    let minutes: CronSet
    let hours: CronSet
    let days: CronSet
    let months: CronSet
    let weekdays: CronSet
    /// Whether the month's last day matches too.
    let includesLastDay: Bool
    /// Which of the weekdays in a month, 1 to 5; nil: every one.
    let occurrence: Int?
    /// Both kinds of days are restricted, so one of them suffices.
    let isEitherDay: Bool

    /// - Throws: ``CronError``, which says which field is wrong and why.
    public init(_ text: String) throws(CronError) {
        self.text = text
        var fields = (Self.macros[text.lowercased()] ?? text).split(whereSeparator: \.isWhitespace).map { $0.lowercased() }
        guard (5...6).contains(fields.count) else {
            throw CronError("a cron expression has 5 fields, or 6 with seconds first: \(text)")
        }
        let hasSeconds = fields.count == 6
        if !hasSeconds { fields.insert("0", at: 0) }
        seconds = try CronField.second.parse(fields[0]).set
        minutes = try CronField.minute.parse(fields[1]).set
        hours = try CronField.hour.parse(fields[2]).set
        let day = try CronField.day.parse(fields[3])
        months = try CronField.month.parse(fields[4]).set
        let weekday = try CronField.weekday.parse(fields[5])
        days = day.set
        weekdays = weekday.set
        includesLastDay = day.includesLastDay
        occurrence = weekday.occurrence
        isEitherDay = !day.isOpen && !weekday.isOpen
        guard !(hasSeconds && weekday.hasSundayAsSeven) else {
            throw CronError("\(weekday.text): with seconds, not all clients know 7 as Sunday; write 0 or SUN")
        }
        // Whether "1-31" restricts the days is where the clients part.
        for (field, other) in [(day, weekday), (weekday, day)] where field.isComplete && !field.isOpen && !other.isOpen {
            throw CronError("write * instead of \(field.text): clients disagree on whether it restricts the days")
        }
        guard occurrence == nil || day.isOpen else {
            throw CronError("with \(weekday.text) the day of month must be *: clients disagree on whether either day will do")
        }
        guard Self.isPossible(day, months) else {
            throw CronError("no month of \(fields[4]) has a day \(fields[3])")
        }
    }

    private static let macros = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *",
        "@annually": "0 0 1 1 *",
    ]

    private static func isPossible(_ day: CronField.Parsed, _ months: CronSet) -> Bool {
        if day.includesLastDay { return true }
        guard let first = day.set.next(from: 1) else { return false }
        return (1...12).contains { months.contains($0) && first <= CivilDate.longestMonth($0) }
    }

    public var description: String { text }
}

/// What is wrong with a cron expression, in words for whoever wrote it.
public struct CronError: Error, Hashable, Sendable, CustomStringConvertible {
    public let message: String

    init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}
