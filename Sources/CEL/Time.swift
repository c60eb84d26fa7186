internal import Primitives

#if canImport(FoundationEssentials)
internal import FoundationEssentials
internal import FoundationInternationalization
#else
internal import Foundation
#endif

extension CEL {
    /// A length of time, in nanoseconds.
    public struct Span: Hashable, Comparable, Sendable {
        public let seconds: Int64
        /// 0 to 999,999,999, added to the seconds.
        public let nanoseconds: Int32

        public init(seconds: Int64, nanoseconds: Int32 = 0) {
            self.seconds = seconds
            self.nanoseconds = nanoseconds
        }

        init(total: Int128) throws(Failure) {
            // As the reference: what 64 bits of nanoseconds hold.
            guard let whole = Int64(exactly: total) else { throw Failure(.evaluation, "The duration is out of range.") }
            let (seconds, rest) = whole.quotientAndRemainder(dividingBy: 1_000_000_000)
            self.seconds = rest < 0 ? seconds - 1 : seconds
            nanoseconds = Int32(rest < 0 ? rest + 1_000_000_000 : rest)
        }

        var total: Int128 { Int128(seconds) * 1_000_000_000 + Int128(nanoseconds) }

        var negated: Span {
            nanoseconds == 0 ? Span(seconds: -seconds) : Span(seconds: -seconds - 1, nanoseconds: 1_000_000_000 - nanoseconds)
        }

        func adding(_ other: Span) throws(Failure) -> Span { try Span(total: total + other.total) }

        public static func < (left: Span, right: Span) -> Bool { (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds) }

        /// Decimal numbers with units, as `1h30m`, `1.5s` or `-3ns`.
        init(parsing text: String) throws(Failure) {
            func malformed() -> Failure { Failure(.evaluation, "'\(text.prefix(100))' is no duration; write 90s, 1h30m or 1.5s.") }
            var rest = text.utf8[...]
            let isNegative = rest.first == 45
            if isNegative || rest.first == 43 { rest = rest.dropFirst() }
            if rest.elementsEqual("0".utf8) {
                self.init(seconds: 0)
                return
            }
            guard !rest.isEmpty else { throw malformed() }
            var total: Int128 = 0
            while !rest.isEmpty {
                let whole = rest.prefix { (48...57).contains($0) }
                rest = rest.dropFirst(whole.count)
                var fraction = rest.prefix(0)
                if rest.first == 46 {
                    rest = rest.dropFirst()
                    fraction = rest.prefix { (48...57).contains($0) }
                    rest = rest.dropFirst(fraction.count)
                }
                guard whole.count + fraction.count > 0, whole.count <= 18 else { throw malformed() }
                let unit = rest.prefix { !(48...57).contains($0) && $0 != 46 }
                rest = rest.dropFirst(unit.count)
                let nanoseconds: Int128
                switch String(decoding: unit, as: UTF8.self) {
                case "h": nanoseconds = 3_600_000_000_000
                case "m": nanoseconds = 60_000_000_000
                case "s": nanoseconds = 1_000_000_000
                case "ms": nanoseconds = 1_000_000
                case "us", "µs", "μs": nanoseconds = 1000
                case "ns": nanoseconds = 1
                default: throw malformed()
                }
                total += (Int128(String(decoding: whole, as: UTF8.self)) ?? 0) * nanoseconds
                var scale = nanoseconds
                for digit in fraction.prefix(18) {
                    scale /= 10
                    total += Int128(digit - 48) * scale
                }
                guard total <= Int128(Int64.max) + 1 else { throw Failure(.evaluation, "The duration is out of range.") }
            }
            try self.init(total: isNegative ? -total : total)
        }

        /// Seconds with a fraction where needed and an `s`.
        var text: String {
            let total = total
            let (whole, rest) = total.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
            return (total < 0 ? "-" : "") + "\(whole)" + Instant.fraction(Int(rest)) + "s"
        }
    }

    /// A point in time of the years 1 to 9999, in nanoseconds.
    public struct Instant: Hashable, Comparable, Sendable {
        /// Since 1970.
        public let seconds: Int64
        /// 0 to 999,999,999, added to the seconds.
        public let nanoseconds: Int32

        static let range: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

        /// - Throws: ``Failure`` when it is beyond the years 1 to 9999.
        public init(seconds: Int64, nanoseconds: Int32 = 0) throws(Failure) {
            guard Self.range.contains(seconds) else {
                throw Failure(.evaluation, "The timestamp is out of range: its year is not 1 to 9999.")
            }
            self.seconds = seconds
            self.nanoseconds = nanoseconds
        }

        public static func < (left: Instant, right: Instant) -> Bool {
            (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
        }

        func adding(_ span: Span) throws(Failure) -> Instant {
            let nanoseconds = nanoseconds + span.nanoseconds
            let (sum, isTooLarge) = seconds.addingReportingOverflow(span.seconds)
            guard !isTooLarge, sum < Int64.max else { throw Failure(.evaluation, "The timestamp is out of range.") }
            return try Instant(
                seconds: nanoseconds >= 1_000_000_000 ? sum + 1 : sum, nanoseconds: nanoseconds % 1_000_000_000)
        }

        func since(_ other: Instant) throws(Failure) -> Span {
            let seconds = Int128(seconds) - Int128(other.seconds)
            return try Span(total: seconds * 1_000_000_000 + Int128(nanoseconds) - Int128(other.nanoseconds))
        }

        static func fraction(_ nanoseconds: Int) -> String {
            guard nanoseconds != 0 else { return "" }
            var digits = String(String(1_000_000_000 + nanoseconds).dropFirst())
            while digits.hasSuffix("0") { digits.removeLast() }
            return "." + digits
        }

        /// RFC 3339.
        init(parsing text: String) throws(Failure) {
            func malformed() -> Failure { Failure(.evaluation, "'\(text.prefix(100))' is no timestamp; write 2026-01-31T12:00:00Z.") }
            let bytes = Array(text.utf8)
            func number(_ start: Int, _ count: Int) throws(Failure) -> Int {
                guard start + count <= bytes.count else { throw malformed() }
                var value = 0
                for byte in bytes[start..<start + count] {
                    guard (48...57).contains(byte) else { throw malformed() }
                    value = value * 10 + Int(byte - 48)
                }
                return value
            }
            guard bytes.count >= 20, bytes[4] == 45, bytes[7] == 45, bytes[10] | 32 == 116, bytes[13] == 58, bytes[16] == 58 else {
                throw malformed()
            }
            let (year, month, day) = (try number(0, 4), try number(5, 2), try number(8, 2))
            let (hour, minute, second) = (try number(11, 2), try number(14, 2), try number(17, 2))
            let lengths = [31, year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            guard (1...12).contains(month), day >= 1, day <= lengths[month - 1], hour < 24, minute < 60, second < 60 else {
                throw malformed()
            }
            var index = 19
            var nanoseconds: Int32 = 0
            if bytes[index] == 46 {
                index += 1
                var scale: Int32 = 100_000_000
                let start = index
                while index < bytes.count, (48...57).contains(bytes[index]) {
                    nanoseconds += Int32(bytes[index] - 48) * scale
                    scale /= 10
                    index += 1
                }
                guard index > start else { throw malformed() }
            }
            guard index < bytes.count else { throw malformed() }
            var offset = 0
            if bytes[index] | 32 == 122 {
                guard index + 1 == bytes.count else { throw malformed() }
            } else {
                guard bytes[index] == 43 || bytes[index] == 45, bytes.count == index + 6, bytes[index + 3] == 58 else { throw malformed() }
                let (hours, minutes) = (try number(index + 1, 2), try number(index + 4, 2))
                guard hours < 24, minutes < 60 else { throw malformed() }
                offset = (hours * 60 + minutes) * (bytes[index] == 43 ? 60 : -60)
            }
            let days = Self.days(year, month, day)
            try self.init(seconds: Int64(days * 86400 + hour * 3600 + minute * 60 + second - offset), nanoseconds: nanoseconds)
        }

        var text: String {
            let fields = Fields(seconds)
            func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
            let year = String(String(10000 + fields.year).dropFirst())
            return "\(year)-\(two(fields.month))-\(two(fields.day))T\(two(fields.hour)):\(two(fields.minute)):\(two(fields.second))"
                + Self.fraction(Int(nanoseconds)) + "Z"
        }

        /// Days since 1970 in the Gregorian calendar, counted from March so that the leap day comes last.
        static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
            let year = month <= 2 ? year - 1 : year
            let era = (year >= 0 ? year : year - 399) / 400
            let yearOfEra = year - era * 400
            let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
            return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        }

        struct Fields {
            let year, month, day, hour, minute, second: Int
            /// Zero is Sunday.
            let weekday: Int
            /// From zero.
            let yearday: Int

            init(_ seconds: Int64) {
                let days = Int(seconds >= 0 ? seconds / 86400 : (seconds - 86399) / 86400)
                let rest = Int(seconds) - days * 86400
                (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60)
                weekday = ((days + 4) % 7 + 7) % 7
                let shifted = days + 719_468
                let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
                let dayOfEra = shifted - era * 146_097
                let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
                let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
                let shiftedMonth = (5 * dayOfYear + 2) / 153
                day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
                month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
                year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
                yearday = days - Instant.days(year, 1, 1)
            }
        }

        /// The fields in a zone: an offset such as `-02:30`, or a name of the IANA database.
        func fields(in zone: String?) throws(Failure) -> Fields {
            guard let zone else { return Fields(seconds) }
            if let offset = Self.offset(zone) { return Fields(seconds + offset) }
            guard zone.utf8.count < 64, let found = TimeZone(iana: zone) else {
                throw Failure(.evaluation, "'\(zone.prefix(64))' is no time zone.")
            }
            return Fields(seconds + Int64(found.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))))
        }

        private static func offset(_ text: String) -> Int64? {
            var digits = text[...]
            let isNegative = digits.hasPrefix("-")
            if isNegative || digits.hasPrefix("+") { digits = digits.dropFirst() }
            let parts = digits.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (48...57).contains($0) } }),
                let hours = Int64(parts[0]), let minutes = Int64(parts[1]), hours < 24, minutes < 60
            else { return nil }
            return (hours * 60 + minutes) * (isNegative ? -60 : 60)
        }
    }
}
