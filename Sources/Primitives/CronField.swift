/// The values a field of a cron expression matches: small numbers, as bits.
struct CronSet: Hashable, Sendable {
    private var bits: UInt64 = 0

    mutating func insert(_ value: Int) { bits |= 1 << UInt64(value) }

    mutating func remove(_ value: Int) { bits &= ~(1 << UInt64(value)) }

    func contains(_ value: Int) -> Bool { bits & 1 << UInt64(value) != 0 }

    /// The smallest value that is at least `value`.
    func next(from value: Int) -> Int? {
        let rest = bits >> UInt64(value)
        return rest == 0 ? nil : value + rest.trailingZeroBitCount
    }

    var count: Int { bits.nonzeroBitCount }
}

/// One field of a cron expression: what it may hold.
struct CronField: Sendable {
    let name: String
    let range: ClosedRange<Int>
    /// Names of the values from the lowest on.
    var names: [String] = []

    static let second = CronField(name: "second", range: 0...59)
    static let minute = CronField(name: "minute", range: 0...59)
    static let hour = CronField(name: "hour", range: 0...23)
    static let day = CronField(name: "day of month", range: 1...31)
    static let month = CronField(
        name: "month", range: 1...12, names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
    /// 7 is another Sunday.
    static let weekday = CronField(name: "day of week", range: 0...7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"])

    struct Parsed: Sendable {
        let text: String
        var set = CronSet()
        var includesLastDay = false
        var occurrence: Int?
        /// Sunday is there as 7 and not as 0.
        let hasSundayAsSeven: Bool
        /// Written as `*` or `?`.
        let isOpen: Bool
        /// Matches every value there is.
        let isComplete: Bool
    }

    private var isDay: Bool { name.hasPrefix("day") }
    private var isWeekday: Bool { range.upperBound == 7 }

    /// - Parameter text: in lower case.
    func parse(_ text: String) throws(CronError) -> Parsed {
        if text == "?" {
            guard isDay else { throw error(text, "? is for the day of month and the day of week") }
            return try parse("*")
        }
        var set = CronSet()
        var includesLastDay = false
        var occurrence: Int?
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            if item == "l", name == Self.day.name {
                includesLastDay = true
            } else if item.contains("#") {
                occurrence = try parseOccurrence(text, into: &set)
            } else {
                try parseItem(item, into: &set)
            }
        }
        let values = isWeekday ? 7 : range.count
        let hasSundayAsSeven = isWeekday && set.contains(7) && !set.contains(0)
        if isWeekday, set.contains(7) {
            set.insert(0)
            set.remove(7)
        }
        return Parsed(
            text: text, set: set, includesLastDay: includesLastDay, occurrence: occurrence, hasSundayAsSeven: hasSundayAsSeven,
            isOpen: text == "*",
            isComplete: set.count == values && occurrence == nil)
    }

    /// `a`, `a-b`, `*`, each with or without a step.
    private func parseItem(_ item: Substring, into set: inout CronSet) throws(CronError) {
        let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        var step = 1
        if parts.count == 2 {
            guard let number = Self.number(parts[1]), (1...range.upperBound).contains(number) else {
                throw error(String(item), "a step is a whole number from 1 to \(range.upperBound)")
            }
            step = number
        }
        let low: Int
        let high: Int
        let bounds = parts[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        if parts[0] == "*" {
            (low, high) = (range.lowerBound, range.upperBound)
        } else if bounds.count == 2 {
            (low, high) = (try value(bounds[0]), try value(bounds[1]))
            guard low <= high else { throw error(String(item), "a range goes upwards; Sunday at its end is 7") }
        } else {
            low = try value(parts[0])
            high = parts.count == 2 ? range.upperBound : low
        }
        for number in stride(from: low, through: high, by: step) { set.insert(number) }
    }

    /// `mon#2`, the second Monday of the month.
    private func parseOccurrence(_ text: String, into set: inout CronSet) throws(CronError) -> Int {
        let parts = text.split(separator: "#", omittingEmptySubsequences: false)
        guard isWeekday, parts.count == 2, let number = Self.number(parts[1]), (1...5).contains(number) else {
            throw error(text, "# is for one day of the week and a number from 1 to 5: MON#2")
        }
        set.insert(try value(parts[0]))
        return number
    }

    private func value(_ text: Substring) throws(CronError) -> Int {
        if let index = names.firstIndex(where: { $0 == text }) { return range.lowerBound + index }
        guard let number = Self.number(text), range.contains(number) else {
            let orName = names.isEmpty ? "" : ", or a name of three letters"
            throw error(String(text), "expected \(range.lowerBound) to \(range.upperBound)\(orName)")
        }
        return number
    }

    private static func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (48...57).contains($0) } ? Int(text) : nil
    }

    private func error(_ text: String, _ reason: String) -> CronError {
        CronError("\(name) \"\(text)\": \(reason)")
    }
}
