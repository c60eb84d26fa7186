/// Where a piece of work stands in a distributed trace: the W3C `traceparent`.
public struct TraceContext: Hashable, Sendable {
    /// 16 bytes in 32 hexadecimal digits, lower case; the same for all the work of one trace.
    public let traceID: String
    /// 8 bytes in 16 hexadecimal digits, lower case; this piece of work alone.
    public let spanID: String
    /// Whether whoever began the trace records it.
    public let isSampled: Bool

    /// Begins a trace.
    public init(isSampled: Bool = false) {
        traceID = Self.hexadecimal(Self.nonzero()) + Self.hexadecimal(Self.nonzero())
        spanID = Self.hexadecimal(Self.nonzero())
        self.isSampled = isSampled
    }

    /// Reads a `traceparent`; nil when it is not one that may be continued.
    ///
    /// A version above 00 is read as far as 00 defines it. Source: W3C Trace Context, level 1, section 3.2.
    public init?(traceparent: String) {
        let bytes = Array(traceparent.utf8)
        let dash = UInt8(ascii: "-")
        guard bytes.count >= 55, bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
            let version = Self.byte(bytes[0], bytes[1]), version != 0xff,
            version == 0 ? bytes.count == 55 : bytes.count == 55 || bytes[55] == dash,
            let flags = Self.byte(bytes[53], bytes[54]),
            let trace = Self.identifier(bytes[3..<35]), let span = Self.identifier(bytes[36..<52])
        else { return nil }
        traceID = trace
        spanID = span
        isSampled = flags & 1 == 1
    }

    /// No trace yet: what stands where one will be. All zero, which the standard calls invalid.
    public static let none = TraceContext(
        traceID: String(repeating: "0", count: 32), spanID: String(repeating: "0", count: 16), isSampled: false)

    private init(traceID: String, spanID: String, isSampled: Bool) {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
    }

    /// A new piece of work in the same trace.
    public func child() -> TraceContext {
        TraceContext(traceID: traceID, spanID: Self.hexadecimal(Self.nonzero()), isSampled: isSampled)
    }

    /// What the next in line is told: `00-<trace>-<span>-01`.
    public var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    private static func nonzero() -> UInt64 { .random(in: 1...UInt64.max) }

    private static func hexadecimal(_ number: UInt64) -> String {
        String(unsafeUninitializedCapacity: 16) { digits in
            for index in 0..<16 {
                let nibble = UInt8(truncatingIfNeeded: number >> UInt64(60 - index * 4)) & 15
                digits[index] = nibble < 10 ? 48 + nibble : 87 + nibble
            }
            return 16
        }
    }

    /// Lower-case hexadecimal digits that are not all zero.
    private static func identifier(_ digits: ArraySlice<UInt8>) -> String? {
        guard digits.allSatisfy({ value(of: $0) != nil }), digits.contains(where: { $0 != UInt8(ascii: "0") }) else { return nil }
        return String(decoding: digits, as: UTF8.self)
    }

    private static func byte(_ high: UInt8, _ low: UInt8) -> UInt8? {
        guard let high = value(of: high), let low = value(of: low) else { return nil }
        return high << 4 | low
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case 48...57: digit - 48
        case 97...102: digit - 87
        default: nil
        }
    }
}
