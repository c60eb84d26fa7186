import Synchronization

/// A 128-bit identifier, usually of version 7 (RFC 9562): 48 bits of Unix milliseconds, then 12 bits of a counter, then 62 random bits.
///
/// Values made by ``init()`` in one process rise strictly, so an index on them grows at its end and rows sort by age.
/// The type holds any 128-bit UUID; only ``timestamp`` assumes version 7.
public struct UUIDv7: Hashable, Sendable {
    /// The first eight bytes, big-endian.
    public let high: UInt64
    /// The last eight bytes, big-endian.
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new identifier stamped with the current time, greater than every one made before it in this process.
    public init() {
        let high = UUIDv7Clock.shared.next(atMilliseconds: UInt64(clamping: Timestamp.now.milliseconds))
        self.init(high: high, low: UUIDv7.randomLow())
    }

    /// A new identifier stamped with `time`; its order among others of the same millisecond is random.
    public init(at time: Timestamp) {
        let milliseconds = UInt64(clamping: time.milliseconds) & 0xFFFF_FFFF_FFFF
        self.init(high: milliseconds << 16 | 0x7000 | RandomBits.next() & 0xFFF, low: UUIDv7.randomLow())
    }

    /// The least identifier a row accepted at `time` can have: a bound for range conditions.
    public static func lowerBound(at time: Timestamp) -> UUIDv7 {
        UUIDv7(high: (UInt64(clamping: time.milliseconds) & 0xFFFF_FFFF_FFFF) << 16, low: 0)
    }

    /// When the identifier was made, to the millisecond. Meaningless for other UUID versions.
    public var timestamp: Timestamp { Timestamp(milliseconds: Int64(high >> 16)) }

    private static func randomLow() -> UInt64 {
        RandomBits.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    }
}

extension UUIDv7: Comparable {
    public static func < (left: UUIDv7, right: UUIDv7) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }
}

extension UUIDv7: CustomStringConvertible {
    /// Parses 8-4-4-4-12 hexadecimal digits in either case; nil for anything else.
    public init?(_ text: String) {
        var digits = 0
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        var position = 0
        for byte in text.utf8 {
            defer { position += 1 }
            if position == 8 || position == 13 || position == 18 || position == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let nibble = Hex.value(of: byte) else { return nil }
            if digits < 16 { halves.high = halves.high << 4 | UInt64(nibble) } else { halves.low = halves.low << 4 | UInt64(nibble) }
            digits += 1
        }
        guard position == 36, digits == 32 else { return nil }
        self.init(high: halves.high, low: halves.low)
    }

    /// Lower-case 8-4-4-4-12 form.
    public var description: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            var index = 0
            for shift in stride(from: 124, through: 0, by: -4) {
                if index == 8 || index == 13 || index == 18 || index == 23 {
                    buffer[index] = UInt8(ascii: "-")
                    index += 1
                }
                let nibble = shift >= 64 ? high >> UInt64(shift - 64) : low >> UInt64(shift)
                buffer[index] = Hex.digit(UInt8(nibble & 15))
                index += 1
            }
            return index
        }
    }
}

/// Hands out strictly rising upper halves: the millisecond and a 12-bit counter that starts at random in its lower half.
private final class UUIDv7Clock: Sendable {
    static let shared = UUIDv7Clock()
    private let last = Atomic<UInt64>(0)  // milliseconds << 12 | counter

    func next(atMilliseconds now: UInt64) -> UInt64 {
        let fresh = (now & 0xFFFF_FFFF_FFFF) << 12 | RandomBits.next() & 0x7FF
        var seen = last.load(ordering: .relaxed)
        while true {
            // A full counter runs into the next millisecond, and a clock set back repeats nothing.
            let candidate = (fresh >> 12) > (seen >> 12) ? fresh : seen + 1
            let (exchanged, original) = last.weakCompareExchange(expected: seen, desired: candidate, ordering: .relaxed)
            if exchanged { return (candidate >> 12) << 16 | 0x7000 | (candidate & 0xFFF) }
            seen = original
        }
    }
}
