extension Duration {
    /// Whole milliseconds, rounded towards zero; clamped to Int64.
    public var milliseconds: Int64 { wholeUnits(perSecond: 1000) }

    /// Whole microseconds, rounded towards zero; clamped to Int64.
    public var microseconds: Int64 { wholeUnits(perSecond: 1_000_000) }

    private func wholeUnits(perSecond units: Int64) -> Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: units)
        let part = attoseconds / (1_000_000_000_000_000_000 / units)
        let (sum, carry) = whole.addingReportingOverflow(part)
        return overflow || carry ? (seconds < 0 ? .min : .max) : sum
    }

    /// Parses an ISO 8601 duration of fixed length: `PT5M`, `P1DT12H`, `P2W`, `PT0.5S`.
    ///
    /// A day counts 24 hours. Years and months have no fixed length and are refused, as are signs, and fractions in any part but the seconds.
    public init?(iso8601 text: String) {
        var bytes = text.utf8[...]
        guard bytes.popFirst() == UInt8(ascii: "P"), !bytes.isEmpty else { return nil }
        var total: Int64 = 0
        var nanoseconds: Int64 = 0
        var inTime = false
        var lastRank = -1
        var parts = 0
        while let first = bytes.first {
            if first == UInt8(ascii: "T") {
                guard !inTime else { return nil }
                inTime = true
                bytes.removeFirst()
                guard !bytes.isEmpty else { return nil }
                continue
            }
            guard let (value, fraction) = Self.takeNumber(from: &bytes), let unit = bytes.popFirst() else { return nil }
            let rank: Int
            let unitSeconds: Int64
            switch (unit, inTime) {
            case (UInt8(ascii: "W"), false): (rank, unitSeconds) = (0, 604_800)
            case (UInt8(ascii: "D"), false): (rank, unitSeconds) = (1, 86_400)
            case (UInt8(ascii: "H"), true): (rank, unitSeconds) = (2, 3600)
            case (UInt8(ascii: "M"), true): (rank, unitSeconds) = (3, 60)
            case (UInt8(ascii: "S"), true): (rank, unitSeconds) = (4, 1)
            default: return nil
            }
            guard rank > lastRank, fraction == nil || rank == 4 else { return nil }
            lastRank = rank
            let (seconds, tooLong) = value.multipliedReportingOverflow(by: unitSeconds)
            let (sum, overflow) = total.addingReportingOverflow(seconds)
            guard !tooLong, !overflow else { return nil }
            total = sum
            nanoseconds = fraction ?? 0
            parts += 1
        }
        guard parts > 0 else { return nil }
        self = .seconds(total) + .nanoseconds(nanoseconds)
    }

    /// The shortest ISO 8601 form in days, hours, minutes and seconds: `PT5M`, `P1DT0.5S`, `PT0S`. Negative values are written as `-PT5M`.
    public var iso8601: String {
        let magnitude = self < .zero ? .zero - self : self
        let (seconds, attoseconds) = magnitude.components
        var text = self < .zero ? "-P" : "P"
        let days = seconds / 86_400
        if days > 0 { text += "\(days)D" }
        let (hours, minutes, rest) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
        let nanoseconds = attoseconds / 1_000_000_000
        guard hours > 0 || minutes > 0 || rest > 0 || nanoseconds > 0 else { return days > 0 ? text : "PT0S" }
        text += "T"
        if hours > 0 { text += "\(hours)H" }
        if minutes > 0 { text += "\(minutes)M" }
        if rest > 0 || nanoseconds > 0 {
            text += "\(rest)"
            if nanoseconds > 0 {
                var digits = String(nanoseconds)
                digits = String(repeating: "0", count: 9 - digits.utf8.count) + digits
                while digits.last == "0" { digits.removeLast() }
                text += ".\(digits)"
            }
            text += "S"
        }
        return text
    }

    /// Digits, then an optional fraction in nanoseconds; nil when there is no digit or the number does not fit.
    private static func takeNumber(from bytes: inout Substring.UTF8View) -> (whole: Int64, nanoseconds: Int64?)? {
        guard let whole = takeDigits(from: &bytes) else { return nil }
        guard bytes.first == UInt8(ascii: ".") || bytes.first == UInt8(ascii: ",") else { return (whole.value, nil) }
        bytes.removeFirst()
        guard let fraction = takeDigits(from: &bytes), fraction.count <= 9 else { return nil }
        var nanoseconds = fraction.value
        for _ in fraction.count..<9 { nanoseconds *= 10 }
        return (whole.value, nanoseconds)
    }

    private static func takeDigits(from bytes: inout Substring.UTF8View) -> (value: Int64, count: Int)? {
        var value: Int64 = 0
        var count = 0
        while let byte = bytes.first, byte >= 48, byte <= 57 {
            guard count < 15 else { return nil }
            value = value * 10 + Int64(byte - 48)
            count += 1
            bytes.removeFirst()
        }
        return count == 0 ? nil : (value, count)
    }
}
