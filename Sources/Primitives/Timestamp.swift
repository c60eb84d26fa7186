#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A point in time: whole microseconds since 1970-01-01T00:00:00Z, the resolution of PostgreSQL's `timestamptz`.
public struct Timestamp: Hashable, Comparable, Sendable {
    public let microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Values beyond ±292,000 years are clamped.
    public init(milliseconds: Int64) {
        let (product, overflow) = milliseconds.multipliedReportingOverflow(by: 1000)
        self.microseconds = overflow ? (milliseconds < 0 ? .min : .max) : product
    }

    /// The system's wall clock.
    public static var now: Timestamp {
        // From 2001 on, a double holds the seconds to an eighth of a microsecond.
        let seconds = Date().timeIntervalSinceReferenceDate
        return Timestamp(microseconds: Int64((seconds * 1_000_000).rounded(.down)) + 978_307_200_000_000)
    }

    /// Whole milliseconds since 1970, rounded towards the past.
    public var milliseconds: Int64 { microseconds.flooringDivision(by: 1000) }

    /// Whole seconds since 1970, rounded towards the past.
    public var seconds: Int64 { microseconds.flooringDivision(by: 1_000_000) }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    public static func + (time: Timestamp, duration: Duration) -> Timestamp { time.advanced(by: duration) }

    public static func - (time: Timestamp, duration: Duration) -> Timestamp { time.advanced(by: .zero - duration) }

    /// How long after `earlier` this is; negative when it is before.
    public static func - (later: Timestamp, earlier: Timestamp) -> Duration {
        .microseconds(later.microseconds.subtractingClamped(earlier.microseconds))
    }

    public func advanced(by duration: Duration) -> Timestamp {
        let (sum, overflow) = microseconds.addingReportingOverflow(duration.microseconds)
        return Timestamp(microseconds: overflow ? (duration < .zero ? .min : .max) : sum)
    }

    /// The same moment without its microseconds: what JSON shows and JavaScript can hold.
    public var roundedToMilliseconds: Timestamp { Timestamp(milliseconds: milliseconds) }
}

extension Int64 {
    func flooringDivision(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }

    fileprivate func subtractingClamped(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (self < other ? .min : .max) : difference
    }
}
