import Primitives

/// An `interval`: months, days and a time, kept apart because months and days have no fixed length.
///
/// Equal means the same three parts; the server calls 30 days equal to a month, this type does not.
public struct PostgresInterval: Hashable, Sendable {
    /// Whole months, years among them (12 each), of either sign.
    public var months: Int32
    /// Whole days, weeks among them (7 each), of either sign.
    public var days: Int32
    /// Beyond whole days, of either sign and any size.
    public var microseconds: Int64

    public init(months: Int32 = 0, days: Int32 = 0, microseconds: Int64 = 0) {
        self.months = months
        self.days = days
        self.microseconds = microseconds
    }

    /// An exact length of time, cut to microseconds and to what fits (292,000 years).
    public init(_ duration: Duration) {
        self.init(microseconds: duration.microseconds)
    }

    /// The length of time; nil when there are months or days, whose length depends on the calendar.
    public var duration: Duration? { months == 0 && days == 0 ? .microseconds(microseconds) : nil }
}

extension PostgresInterval: CustomStringConvertible {
    /// ISO 8601, as the server writes it with `intervalstyle = iso_8601`: `P1Y2M3DT4H5M6.789S`, each part with its own sign; `PT0S`.
    public var description: String {
        var date = ""
        func append(_ value: Int64, _ unit: String, to text: inout String) { if value != 0 { text += "\(value)\(unit)" } }
        append(Int64(months / 12), "Y", to: &date)
        append(Int64(months % 12), "M", to: &date)
        append(Int64(days), "D", to: &date)
        var time = ""
        append(microseconds / 3_600_000_000, "H", to: &time)
        append(microseconds / 60_000_000 % 60, "M", to: &time)
        let rest = microseconds % 60_000_000
        if rest != 0 {
            let fraction = String(rest.magnitude % 1_000_000 + 1_000_000).dropFirst()
            let trimmed = fraction.prefix(upTo: fraction.lastIndex { $0 != "0" }.map(fraction.index(after:)) ?? fraction.startIndex)
            time += (rest < 0 ? "-" : "") + "\(rest.magnitude / 1_000_000)" + (trimmed.isEmpty ? "" : "." + trimmed) + "S"
        }
        if date.isEmpty, time.isEmpty { return "PT0S" }
        return "P" + date + (time.isEmpty ? "" : "T" + time)
    }
}

extension PostgresInterval: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .interval }

    public func encode(into bytes: inout [UInt8]) {
        bytes.appendBigEndian(microseconds)
        bytes.appendBigEndian(days)
        bytes.appendBigEndian(months)
    }

    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> PostgresInterval {
        guard type == .interval else { throw .mismatch(type, PostgresInterval.self) }
        guard let microseconds: Int64 = bytes.bigEndian(at: 0), let days: Int32 = bytes.bigEndian(at: 8),
            let months: Int32 = bytes.bigEndian(at: 12)
        else { throw .malformed(type, PostgresInterval.self) }
        return PostgresInterval(months: months, days: days, microseconds: microseconds)
    }
}
