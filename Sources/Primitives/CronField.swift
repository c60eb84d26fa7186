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

    struct Parsed: Hashable, Sendable {
        let text: String
        var set = CronSet()
        /// `L`: whether the month's last day matches, too.
        var includesLastDay = false
        /// `LW`
        var includesLastWorkday = false
        /// `15W`
        var nearestWorkdays = CronSet()
        /// `5L`: days of the week whose last one in a month matches.
        var lastWeekdays = CronSet()
        /// `MON#2`: which of the weekdays in a month, 1 to 5; nil: every one.
        var occurrence: Int?
        /// Sunday is there as 7 and not as 0.
        var hasSundayAsSeven = false
        /// What not all clients understand.
        var note: String?
        /// Whether ``set`` holds every value there is.
        var isComplete = false

        /// Written as `*` or `?`.
        var isOpen: Bool { text == "*" || text == "?" }
    }

    private var isDay: Bool { name == Self.day.name }
    private var isWeekday: Bool { range.upperBound == 7 }

    /// - Parameters:
    ///   - text: in lower case.
    ///   - seed: decides what `H` is.
    func parse(_ text: String, seed: UInt64) throws(CronError) -> Parsed {
        var parsed = Parsed(text: text)
        if text == "?", !isDay, !isWeekday { throw error(text, "? is for the day of month and the day of week") }
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            if item == "?", text == "?" {
                try parseItem("*", into: &parsed)
            } else if item.first == "h", item != "h-", names.isEmpty || !item.dropFirst().contains(where: \.isLetter) {
                try parseHash(item, seed: seed, into: &parsed)
            } else if isDay, item.last == "l" || item.last == "w" {
                try parseDay(item, into: &parsed)
            } else if isWeekday, item.count > 1, item.last == "l" {
                parsed.lastWeekdays.insert(try value(item.dropLast()) % 7)
                parsed.note = parsed.note ?? "\(name) \"\(item)\": not all clients know nL"
            } else if item.contains("#") {
                parsed.occurrence = try parseOccurrence(text, into: &parsed.set)
            } else {
                try parseItem(item, into: &parsed)
            }
        }
        parsed.hasSundayAsSeven = isWeekday && parsed.set.contains(7) && !parsed.set.contains(0)
        if isWeekday, parsed.set.contains(7) {
            parsed.set.insert(0)
            parsed.set.remove(7)
        }
        parsed.isComplete = parsed.set.count == (isWeekday ? 7 : range.count) && parsed.occurrence == nil
        return parsed
    }

    /// `l`, `lw`, `15w`
    private func parseDay(_ item: Substring, into parsed: inout Parsed) throws(CronError) {
        if item == "l" {
            parsed.includesLastDay = true
            return
        }
        guard item.last == "w" else { throw error(String(item), "expected L, LW, or a day before W") }
        parsed.note = parsed.note ?? "\(name) \"\(item)\": not all clients know W"
        if item == "lw" {
            parsed.includesLastWorkday = true
        } else {
            parsed.nearestWorkdays.insert(try value(item.dropLast()))
        }
    }

    /// `h`, `h/15`, `h(0-29)`, `h(0-29)/10`
    private func parseHash(_ item: Substring, seed: UInt64, into parsed: inout Parsed) throws(CronError) {
        let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        // Every month has 28 days, and Sunday is 0 alone.
        var bounds = range.lowerBound...(isDay ? 28 : isWeekday ? 6 : range.upperBound)
        if parts[0] != "h" {
            let numbers = parts[0].dropFirst(2).dropLast().split(separator: "-", omittingEmptySubsequences: false)
            guard parts[0].hasPrefix("h("), parts[0].last == ")", numbers.count == 2 else {
                throw error(String(item), "H is written as H, H/n, H(a-b) or H(a-b)/n")
            }
            let (low, high) = (try value(numbers[0]), try value(numbers[1]))
            guard low <= high else { throw error(String(item), "a range goes upwards") }
            bounds = low...high
        }
        parsed.note = parsed.note ?? "\(name) \"\(item)\": every client chooses another H"
        // Mixed, so that the fields of one expression do not move together.
        var mixed = seed &+ UInt64(name.utf8.count) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed ^= mixed >> 31
        guard parts.count == 2 else {
            parsed.set.insert(bounds.lowerBound + Int(mixed % UInt64(bounds.count)))
            return
        }
        let step = try step(parts[1], of: item)
        let first = bounds.lowerBound + Int(mixed % UInt64(min(step, bounds.count)))
        for number in stride(from: first, through: bounds.upperBound, by: step) { parsed.set.insert(number) }
    }

    /// `a`, `a-b`, `*`, each with or without a step.
    private func parseItem(_ item: Substring, into parsed: inout Parsed) throws(CronError) {
        let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let step = parts.count == 2 ? try step(parts[1], of: item) : 1
        if step > range.upperBound {
            parsed.note = parsed.note ?? "\(name) \"\(item)\": not all clients accept a step beyond the field's range"
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
        for number in stride(from: low, through: high, by: step) { parsed.set.insert(number) }
    }

    private func step(_ text: Substring, of item: Substring) throws(CronError) -> Int {
        guard let number = Self.number(text), number >= 1 else { throw error(String(item), "a step is a whole number, at least 1") }
        return number
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
