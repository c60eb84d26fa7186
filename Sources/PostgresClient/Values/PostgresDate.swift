/// A `date` of the proleptic Gregorian calendar, or an infinity; 4714-11-24 BC to 5874897-12-31, as the server knows them.
public struct PostgresDate: Hashable, Sendable {
    /// Days from 2000-01-01; the greatest and the least value are the infinities.
    public let daysSince2000: Int32

    public static let infinity = PostgresDate(daysSince2000: .max)
    public static let negativeInfinity = PostgresDate(daysSince2000: .min)

    /// From 0000-03-01 to 2000-01-01; years are counted from March, so that a leap day is the last of its year.
    private static let epoch = 730_425

    public init(daysSince2000: Int32) { self.daysSince2000 = daysSince2000 }

    /// - Parameter year: The astronomical one: 0 is 1 BC.
    /// - Returns: nil for a day that does not exist, or one outside the server's range.
    public init?(year: Int, month: Int, day: Int) {
        guard (-4713...5_874_897).contains(year), (1...12).contains(month), day >= 1,
            day <= PostgresDate.length(ofMonth: month, year: year)
        else { return nil }
        let shiftedYear = month > 2 ? year : year - 1
        let era = shiftedYear.flooredDivision(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = PostgresDate.daysBefore(month: month) + day - 1
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - PostgresDate.epoch
        guard days >= -2_451_545 else { return nil }
        self.daysSince2000 = Int32(days)
    }

    public var isFinite: Bool { self != .infinity && self != .negativeInfinity }

    /// Nil for an infinity. The year is the astronomical one: 0 is 1 BC.
    public var components: (year: Int, month: Int, day: Int)? {
        guard isFinite else { return nil }
        let days = Int(daysSince2000) + PostgresDate.epoch
        let era = days.flooredDivision(by: 146_097)
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100)
        // The last month, counted from March, that begins on or before the day.
        var month = 2
        for candidate in [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2] where PostgresDate.daysBefore(month: candidate) <= dayOfYear {
            month = candidate
        }
        let day = dayOfYear - PostgresDate.daysBefore(month: month) + 1
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// Days from 1 March to the month's first: five months, 31 30 31 30 31, repeat.
    private static func daysBefore(month: Int) -> Int { (153 * ((month + 9) % 12) + 2) / 5 }

    private static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension PostgresDate: Comparable {
    public static func < (left: PostgresDate, right: PostgresDate) -> Bool { left.daysSince2000 < right.daysSince2000 }
}

extension PostgresDate: LosslessStringConvertible {
    /// Reads `2026-11-22`, years of more digits, ` BC` behind, `infinity` and `-infinity`; what ``description`` writes.
    public init?(_ text: String) {
        switch text {
        case "infinity": self = .infinity
        case "-infinity": self = .negativeInfinity
        default:
            let isBC = text.hasSuffix(" BC")
            let parts = text.dropLast(isBC ? 3 : 0).split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0].utf8.count >= 4, parts[1].utf8.count == 2, parts[2].utf8.count == 2,
                parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
                let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]), year >= 1
            else { return nil }
            self.init(year: isBC ? 1 - year : year, month: month, day: day)
        }
    }

    /// As PostgreSQL writes it in ISO style.
    public var description: String {
        guard let (year, month, day) = components else { return self == .infinity ? "infinity" : "-infinity" }
        func padded(_ value: Int, to width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        let date = "\(padded(year > 0 ? year : 1 - year, to: 4))-\(padded(month, to: 2))-\(padded(day, to: 2))"
        return year > 0 ? date : date + " BC"
    }
}

extension PostgresDate: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .date }
    public func encode(into bytes: inout [UInt8]) { bytes.appendBigEndian(daysSince2000) }

    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> PostgresDate {
        guard type == .date else { throw .mismatch(type, PostgresDate.self) }
        guard let days: Int32 = bytes.bigEndian() else { throw .malformed(type, PostgresDate.self) }
        return PostgresDate(daysSince2000: days)
    }
}

extension Int {
    fileprivate func flooredDivision(by divisor: Int) -> Int { (self >= 0 ? self : self - divisor + 1) / divisor }
}
