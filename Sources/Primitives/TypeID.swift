/// Names the kind of thing a ``TypeID`` identifies.
public protocol TypeIDTag: Sendable {
    /// The text before the underscore: 1 to 63 of a-z and underscore, such as `proj`.
    static var prefix: String { get }
}

/// A UUIDv7 that knows what it identifies: `proj_01h455vb4pex5vsknk084sn02q` outside, 16 bytes in the database.
///
/// The text form is the TypeID specification's: prefix, underscore, 26 characters of Crockford's base 32 in lower case.
/// A `TypeID<Project>` cannot be passed where a `TypeID<Queue>` is wanted.
public struct TypeID<Tag: TypeIDTag>: Hashable, Comparable, Sendable {
    public let uuid: UUIDv7

    /// A new identifier, greater than every one made before it in this process.
    public init() { self.uuid = UUIDv7() }

    public init(_ uuid: UUIDv7) { self.uuid = uuid }

    public init(uuid: UUIDv7) { self.uuid = uuid }

    public static func < (left: Self, right: Self) -> Bool { left.uuid < right.uuid }
}

extension TypeID: CustomStringConvertible {
    /// Parses the text form; nil when the prefix differs, a digit is not of the alphabet, or the value does not fit 128 bits.
    public init?(_ text: String) {
        let prefix = Tag.prefix.utf8
        let bytes = text.utf8
        guard bytes.count == prefix.count + 27, bytes.starts(with: prefix) else { return nil }
        var rest = bytes.dropFirst(prefix.count)
        guard rest.popFirst() == UInt8(ascii: "_") else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for (index, byte) in rest.enumerated() {
            guard let digit = Crockford.value(of: byte) else { return nil }
            if index == 0, digit > 7 { return nil }  // 26 digits carry 130 bits; the first two must be zero
            high = high << 5 | low >> 59
            low = low << 5 | UInt64(digit)
        }
        self.uuid = UUIDv7(high: high, low: low)
    }

    public var description: String {
        let prefix = Tag.prefix.utf8
        return String(unsafeUninitializedCapacity: prefix.count + 27) { buffer in
            var index = 0
            for byte in prefix {
                buffer[index] = byte
                index += 1
            }
            buffer[index] = UInt8(ascii: "_")
            index += 1
            for digit in 0..<26 {
                let shift = UInt64(125 - digit * 5)
                let value: UInt64
                if shift >= 64 {
                    value = uuid.high >> (shift - 64)
                } else if shift > 59 {
                    value = uuid.high << (64 - shift) | uuid.low >> shift
                } else {
                    value = uuid.low >> shift
                }
                buffer[index] = Crockford.digit(UInt8(value & 31))
                index += 1
            }
            return index
        }
    }
}

/// Crockford's base 32 in lower case, as TypeID uses it: no aliases, no check digit.
private enum Crockford {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    private static let values: [Int8] = {
        var table = [Int8](repeating: -1, count: 256)
        for (value, byte) in alphabet.enumerated() { table[Int(byte)] = Int8(value) }
        return table
    }()

    static func digit(_ value: UInt8) -> UInt8 { alphabet[Int(value)] }

    static func value(of byte: UInt8) -> UInt8? {
        let value = values[Int(byte)]
        return value < 0 ? nil : UInt8(value)
    }
}
