public import Primitives

extension OutgoingResponse {
    /// How long the receiver asks to wait, by its `Retry-After` (RFC 9110, section 10.2.3): a whole number of seconds, or an HTTP-date in any
    /// of its three forms.
    ///
    /// A date counts from the response's own `Date` where it has one, so that the two clocks need not agree, else from `now`. Values that
    /// are past, zero, negative, fractional or unreadable count as absent: nil. At most one day.
    public func retryAfter(now: Timestamp = .now) -> Duration? {
        header("retry-after").flatMap { Self.retryAfter($0, date: header("date"), now: now) }
    }

    static func retryAfter(_ value: String, date: String?, now: Timestamp) -> Duration? {
        let longest = Duration.seconds(86_400)
        if !value.isEmpty, value.utf8.allSatisfy({ (48...57).contains($0) }) {
            // What does not fit into a number is longer than a day, too.
            guard let seconds = Int64(value) else { return longest }
            return seconds == 0 ? nil : min(.seconds(seconds), longest)
        }
        guard let until = Timestamp(httpDate: value, now: now) else { return nil }
        let wait = until - (date.flatMap { Timestamp(httpDate: $0, now: now) } ?? now)
        return wait > .zero ? min(wait, longest) : nil
    }
}

extension Timestamp {
    /// Reads an HTTP-date (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or
    /// `Sun Nov  6 08:49:37 1994`. The name of the day must be one, but is not compared with the date.
    ///
    /// - Parameter now: Decides the century of a year of two digits: it is at most fifty years ahead.
    init?(httpDate text: String, now: Timestamp) {
        let words = text.split(separator: " ")
        let parts: (day: Substring, month: Substring, year: Substring, time: Substring)
        switch words.count {
        case 6 where words[5] == "GMT" && Self.isDay(words[0], ends: ",", names: Self.shortDays) && words[3].utf8.count == 4:
            parts = (words[1], words[2], words[3], words[4])
        case 4 where words[3] == "GMT" && Self.isDay(words[0], ends: ",", names: Self.longDays):
            let date = words[1].split(separator: "-", omittingEmptySubsequences: false)
            guard date.count == 3, date[2].utf8.count == 2 else { return nil }
            parts = (date[0], date[1], date[2], words[2])
        case 5 where Self.isDay(words[0], ends: "", names: Self.shortDays) && words[4].utf8.count == 4:
            parts = (words[2], words[1], words[4], words[3])
        default: return nil
        }
        guard let month = Self.months.firstIndex(where: { $0 == parts.month }), let day = Self.number(parts.day, digits: 1...2),
            var year = Self.number(parts.year, digits: 2...4), parts.time.utf8.count == 8
        else { return nil }
        if parts.year.utf8.count == 2 {
            let current = 1970 + Int(now.seconds / 31_556_952)
            year += current / 100 * 100 + 100
            while year > current + 50 { year -= 100 }
        }
        func padded(_ number: Int, to length: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, length - digits.count)) + digits
        }
        self.init(rfc3339: "\(padded(year, to: 4))-\(padded(month + 1, to: 2))-\(padded(day, to: 2))T\(parts.time)Z")
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    private static let shortDays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let longDays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

    private static func isDay(_ word: Substring, ends end: String, names: [String]) -> Bool {
        word.hasSuffix(end) && names.contains(String(word.dropLast(end.count)))
    }

    private static func number(_ text: Substring, digits: ClosedRange<Int>) -> Int? {
        digits.contains(text.utf8.count) && text.utf8.allSatisfy { (48...57).contains($0) } ? Int(text) : nil
    }
}
