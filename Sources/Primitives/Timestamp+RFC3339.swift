extension Timestamp: CustomStringConvertible {
    /// `2026-11-22T10:00:00.000Z`: UTC with milliseconds, as `Date.prototype.toISOString` writes it.
    public var rfc3339: String {
        let (days, microsecondOfDay) = splitIntoDays
        let date = CivilDate(daysSince1970: days)
        let second = microsecondOfDay / 1_000_000
        if (0...9999).contains(date.year) {
            return Self.fixedWidth(date, second: Int(second), millisecond: Int(microsecondOfDay / 1000 % 1000))
        }
        var text = ""
        text.reserveCapacity(24)
        text.append(padded: date.year, to: 4)
        text.append("-")
        text.append(padded: Int64(date.month), to: 2)
        text.append("-")
        text.append(padded: Int64(date.day), to: 2)
        text.append("T")
        text.append(padded: second / 3600, to: 2)
        text.append(":")
        text.append(padded: second / 60 % 60, to: 2)
        text.append(":")
        text.append(padded: second % 60, to: 2)
        text.append(".")
        text.append(padded: microsecondOfDay / 1000 % 1000, to: 3)
        text.append("Z")
        return text
    }

    /// The 24 bytes of a year with four digits, written in place.
    private static func fixedWidth(_ date: CivilDate, second: Int, millisecond: Int) -> String {
        String(unsafeUninitializedCapacity: 24) { buffer in
            func put(_ value: Int, endingAt end: Int, digits: Int, then mark: Unicode.Scalar) {
                var rest = value
                for place in 1...digits {
                    buffer[end - place] = UInt8(truncatingIfNeeded: rest % 10) + 48
                    rest /= 10
                }
                buffer[end] = UInt8(ascii: mark)
            }
            put(Int(date.year), endingAt: 4, digits: 4, then: "-")
            put(date.month, endingAt: 7, digits: 2, then: "-")
            put(date.day, endingAt: 10, digits: 2, then: "T")
            put(second / 3600, endingAt: 13, digits: 2, then: ":")
            put(second / 60 % 60, endingAt: 16, digits: 2, then: ":")
            put(second % 60, endingAt: 19, digits: 2, then: ".")
            put(millisecond, endingAt: 23, digits: 3, then: "Z")
            return 24
        }
    }

    public var description: String { rfc3339 }

    /// Parses an RFC 3339 date-time: any offset, any number of fraction digits (those past microseconds are dropped).
    ///
    /// nil for a date that does not exist, an offset beyond ±23:59, or a leap second, which Unix time cannot name.
    public init?(rfc3339 text: String) {
        var scanner = Scanner(bytes: Array(text.utf8))
        guard let year = scanner.digits(4), scanner.take("-"), let month = scanner.digits(2), scanner.take("-"),
            let day = scanner.digits(2), scanner.take("T") || scanner.take("t") || scanner.take(" "),
            let hour = scanner.digits(2), scanner.take(":"), let minute = scanner.digits(2), scanner.take(":"),
            let second = scanner.digits(2)
        else { return nil }
        guard (1...12).contains(month), day >= 1, day <= CivilDate.days(inMonth: month, year: year), hour < 24, minute < 60, second < 60
        else { return nil }
        var fraction: Int64 = 0
        if scanner.take(".") {
            guard let value = scanner.fractionAsMicroseconds() else { return nil }
            fraction = value
        }
        var offset: Int64 = 0
        if !(scanner.take("Z") || scanner.take("z")) {
            let sign: Int64
            if scanner.take("+") { sign = 1 } else if scanner.take("-") { sign = -1 } else { return nil }
            guard let hours = scanner.digits(2), scanner.take(":"), let minutes = scanner.digits(2), hours < 24, minutes < 60 else {
                return nil
            }
            offset = sign * (hours * 3600 + minutes * 60)
        }
        guard scanner.isAtEnd else { return nil }
        let days = CivilDate(year: year, month: Int(month), day: Int(day)).daysSince1970
        self.init(microseconds: (days * 86_400 + hour * 3600 + minute * 60 + second - offset) * 1_000_000 + fraction)
    }

    private var splitIntoDays: (days: Int64, microsecondOfDay: Int64) {
        let days = microseconds.flooringDivision(by: 86_400_000_000)
        return (days, microseconds &- days &* 86_400_000_000)
    }
}

/// A date of the proleptic Gregorian calendar; the arithmetic counts in 400-year eras that begin on 1 March.
struct CivilDate: Equatable {
    var year: Int64
    var month: Int
    var day: Int

    init(year: Int64, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    init(daysSince1970 days: Int64) {
        let shifted = days + 719_468  // 0000-03-01 becomes day 0
        let era = shifted.flooringDivision(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        self.day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        self.month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
        self.year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var daysSince1970: Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear.flooringDivision(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1)
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func days(inMonth month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

private struct Scanner {
    let bytes: [UInt8]
    var index = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { index == bytes.count }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    mutating func digits(_ count: Int) -> Int64? {
        guard index + count <= bytes.count else { return nil }
        var value: Int64 = 0
        for byte in bytes[index..<index + count] {
            guard byte >= 48, byte <= 57 else { return nil }
            value = value * 10 + Int64(byte - 48)
        }
        index += count
        return value
    }

    mutating func fractionAsMicroseconds() -> Int64? {
        var value: Int64 = 0
        var count = 0
        while index < bytes.count, bytes[index] >= 48, bytes[index] <= 57 {
            if count < 6 { value = value * 10 + Int64(bytes[index] - 48) }
            count += 1
            index += 1
        }
        guard count > 0 else { return nil }
        for _ in 0..<max(0, 6 - count) { value *= 10 }
        return value
    }
}

extension String {
    fileprivate mutating func append(padded value: Int64, to width: Int) {
        let digits = String(value.magnitude)
        if value < 0 { append("-") }
        append(String(repeating: "0", count: max(0, width - digits.utf8.count)))
        append(digits)
    }
}
