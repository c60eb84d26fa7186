/// Where a piece of work stands in a distributed trace: the W3C `traceparent`, and the `tracestate` that travels with it.
public struct TraceContext: Hashable, Sendable {
    private let traceHigh: UInt64
    private let traceLow: UInt64
    private let span: UInt64
    /// Whether whoever began the trace records it.
    public let isSampled: Bool
    /// What tracing systems said beside it, as it is passed on; nil when nothing.
    public let tracestate: String?

    /// Begins a trace.
    public init(isSampled: Bool = false) {
        self.init(high: RandomBits.next(), low: Self.nonzero(), span: Self.nonzero(), isSampled: isSampled)
    }

    /// Reads a `traceparent`; nil when it is not one that may be continued.
    ///
    /// A version above 00 is read as far as 00 defines it. Source: W3C Trace Context, level 1, section 3.2.
    ///
    /// - Parameter tracestate: several fields of that name as one, with commas between them. When anything is wrong with it, it is dropped, and
    ///   the trace continued without.
    public init?(traceparent: String, tracestate: String? = nil) {
        var text = traceparent
        let parsed = text.withUTF8 { bytes -> TraceContext? in
            let dash = UInt8(ascii: "-")
            guard bytes.count >= 55, bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
                let version = Self.number(bytes[0..<2]), version != 0xff,
                version == 0 ? bytes.count == 55 : bytes.count == 55 || bytes[55] == dash,
                let flags = Self.number(bytes[53..<55]), let high = Self.number(bytes[3..<19]), let low = Self.number(bytes[19..<35]),
                let span = Self.number(bytes[36..<52]), high | low != 0, span != 0
            else { return nil }
            return TraceContext(high: high, low: low, span: span, isSampled: flags & 1 == 1)
        }
        guard let parsed else { return nil }
        self.init(parsed, tracestate: tracestate.flatMap(TraceState.passable))
    }

    /// No trace yet: what stands where one will be. All zero, which the standard calls invalid.
    public static let none = TraceContext(high: 0, low: 0, span: 0, isSampled: false)

    private init(high: UInt64, low: UInt64, span: UInt64, isSampled: Bool, tracestate: String? = nil) {
        (traceHigh, traceLow, self.span) = (high, low, span)
        self.isSampled = isSampled
        self.tracestate = tracestate
    }

    private init(_ other: TraceContext, tracestate: String?) {
        self.init(high: other.traceHigh, low: other.traceLow, span: other.span, isSampled: other.isSampled, tracestate: tracestate)
    }

    /// A new piece of work in the same trace.
    public func child() -> TraceContext {
        TraceContext(high: traceHigh, low: traceLow, span: Self.nonzero(), isSampled: isSampled, tracestate: tracestate)
    }

    /// 32 hexadecimal digits, lower case; the same for all the work of one trace.
    public var traceID: String {
        String(unsafeUninitializedCapacity: 32) { digits in
            Self.write(traceHigh, into: digits[..<16])
            Self.write(traceLow, into: digits[16...])
            return 32
        }
    }
    /// 16 hexadecimal digits, lower case; this piece of work alone.
    public var spanID: String {
        String(unsafeUninitializedCapacity: 16) { digits in
            Self.write(span, into: digits[...])
            return 16
        }
    }
    /// What the next in line is told: `00-<trace>-<span>-01`.
    public var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    private static func nonzero() -> UInt64 {
        while true {
            let number = RandomBits.next()
            if number != 0 { return number }
        }
    }

    /// 16 hexadecimal digits.
    private static func write(_ number: UInt64, into digits: Slice<UnsafeMutableBufferPointer<UInt8>>) {
        for index in 0..<16 {
            digits.base[digits.startIndex + index] = Hex.digit(UInt8(truncatingIfNeeded: number >> UInt64(60 - index * 4)) & 15)
        }
    }

    /// Lower-case hexadecimal digits, at most 16 of them.
    private static func number(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
        var number: UInt64 = 0
        for digit in digits {
            guard !(65...90).contains(digit), let value = Hex.value(of: digit) else { return nil }
            number = number << 4 | UInt64(value)
        }
        return number
    }
}
