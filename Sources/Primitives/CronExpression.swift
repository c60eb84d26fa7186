/// When something repeats, in cron syntax: `30 3 * * MON-FRI`.
///
/// Five fields (minute, hour, day of month, month, day of week), or six with seconds first. A field is `*` or a list of values, ranges
/// `a-b`, and steps `*/n`, `a/n`, `a-b/n`. Months and days of the week have English names of three letters in any case; 0 and 7 are both
/// Sunday. `?` is `*` in either day field.
///
/// | form | field | meaning |
/// | --- | --- | --- |
/// | `L` | day of month | the month's last day |
/// | `LW` | day of month | the month's last Monday to Friday |
/// | `15W` | day of month | the Monday to Friday nearest to the 15th, within the month |
/// | `5L`, `FRIL` | day of week | the month's last Friday |
/// | `MON#2` | day of week | only the second week of the month, days 8 to 14 |
/// | `H`, `H/15`, `H(0-29)`, `H(0-29)/10` | all | a value, or the start of a step, that depends on the expression's text alone |
///
/// Macros: `@secondly @minutely @hourly @daily @weekly @monthly @yearly @annually @weekdays @weekends`. When both day fields are restricted,
/// a day that matches either one matches. Three or four fields are read as BullMQ for Node reads them: `* 0`, or
/// `* * 0`, stand for the missing ones on the left.
///
/// This is the dialect of BullMQ for Node (cron-parser 5) plus `W`. ``portabilityNote`` names what other BullMQ clients read differently.
public struct CronExpression: Hashable, Sendable, CustomStringConvertible {
    /// As it was written.
    public let text: String
    /// Why a BullMQ client in another language would not compute the same times, in words for the author; nil when all agree.
    public let portabilityNote: String?
    /// Whether clients read the expression as different times, or the reference does not read it at all. False where they agree or one of
    /// them refuses it: then a worker that can read it continues its scheduler.
    public let isAmbiguous: Bool

    let seconds: CronSet
    let minutes: CronSet
    let hours: CronSet
    let months: CronSet
    let day: CronField.Parsed
    let weekday: CronField.Parsed

    /// - Throws: ``CronError``, which says which field is wrong and why.
    public init(_ text: String) throws(CronError) {
        self.text = text
        let macro = text.lowercased()
        var fields = (Self.macros[macro] ?? Self.otherMacros[macro] ?? text).split(whereSeparator: \.isWhitespace).map { $0.lowercased() }
        guard (3...6).contains(fields.count) else {
            throw CronError("a cron expression has 5 fields, or 6 with seconds first: \(text)")
        }
        let written = fields.count
        fields.insert(contentsOf: Self.missing(written), at: 0)
        let seed = Self.seed(text)
        let parsed = [
            try CronField.second.parse(fields[0], seed: seed), try CronField.minute.parse(fields[1], seed: seed),
            try CronField.hour.parse(fields[2], seed: seed), try CronField.day.parse(fields[3], seed: seed),
            try CronField.month.parse(fields[4], seed: seed), try CronField.weekday.parse(fields[5], seed: seed),
        ]
        seconds = parsed[0].set
        minutes = parsed[1].set
        hours = parsed[2].set
        day = parsed[3]
        months = parsed[4].set
        weekday = parsed[5]
        guard Self.isPossible(day, months) else {
            throw CronError("no month of \(fields[4]) has a day \(fields[3])")
        }
        let ambiguity = Self.ambiguity(parsed)
        isAmbiguous = ambiguity != nil
        portabilityNote = ambiguity ?? Self.note(written: written, macro: macro, parsed)
    }

    /// What stands for the fields that are not written.
    private static func missing(_ written: Int) -> [String] {
        [3: ["*", "*", "0"], 4: ["*", "0"], 5: ["0"]][written] ?? []
    }

    private static let macros = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *",
        "@annually": "0 0 1 1 *",
    ]

    /// Those that only some clients know.
    private static let otherMacros = [
        "@secondly": "* * * * * *", "@minutely": "* * * * *", "@weekdays": "0 0 * * 1-5", "@weekends": "0 0 * * 0,6",
    ]

    private static func isPossible(_ day: CronField.Parsed, _ months: CronSet) -> Bool {
        if day.includesLastDay || day.includesLastWorkday { return true }
        guard let first = [day.set.next(from: 1), day.nearestWorkdays.next(from: 1)].compactMap({ $0 }).min() else { return false }
        return (1...12).contains { months.contains($0) && first <= CivilDate.longestMonth($0) }
    }

    private static func note(written: Int, macro: String, _ fields: [CronField.Parsed]) -> String? {
        let weekday = fields[5]
        if otherMacros[macro] != nil { return "\(macro): not all clients know it; write the fields" }
        if written < 5 { return "write all 5 fields: clients disagree on which ones are missing" }
        if let note = fields.lazy.compactMap(\.note).first { return note }
        if written == 6, weekday.hasSundayAsSeven {
            return "\(weekday.text): with seconds, not all clients know 7 as Sunday; write 0 or SUN"
        }
        return nil
    }

    private static func ambiguity(_ fields: [CronField.Parsed]) -> String? {
        let (day, weekday) = (fields[3], fields[5])
        if day.includesLastWorkday || day.nearestWorkdays.count > 0 { return day.note }
        for (field, other) in [(day, weekday), (weekday, day)] where field.isComplete && !field.isOpen && !other.isOpen {
            return "write * instead of \(field.text): clients disagree on whether it restricts the days"
        }
        if weekday.occurrence != nil, !day.isOpen {
            return "with \(weekday.text) the day of month must be *: clients disagree on whether either day will do"
        }
        return nil
    }

    /// FNV-1a of the text, so that `H` is the same in every process.
    private static func seed(_ text: String) -> UInt64 {
        text.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
    }

    public var description: String { text }
}

/// What is wrong with a cron expression, in words for its author.
public struct CronError: Error, Hashable, Sendable, CustomStringConvertible {
    public let message: String

    init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}
