/// A JSON number as it was written, so that nothing is lost between reading and writing.
public struct JSONNumber: Sendable {
    /// The literal: `-0`, `1e400` and twenty digits are all kept.
    public let literal: String

    init(validated literal: String) { self.literal = literal }

    public init(_ value: Int) { literal = String(value) }

    public init(_ value: Int64) { literal = String(value) }

    public init(_ value: UInt64) { literal = String(value) }

    /// The shortest digits that read back as `value`, whole numbers below 2^53 without a fraction; nil for NaN and infinities.
    public init?(_ value: Double) {
        guard value.isFinite else { return nil }
        if value.rounded() == value, value.magnitude < 9_007_199_254_740_992, !(value == 0 && value.sign == .minus) {
            literal = String(Int64(value))
        } else {
            literal = "\(value)"
        }
    }

    /// The value when it is whole and fits; `1.0` and `1e2` are whole.
    public var int: Int? {
        if let value = Int(literal) { return value }
        guard literal.utf8.contains(where: { $0 == UInt8(ascii: ".") || $0 | 32 == UInt8(ascii: "e") }) else { return nil }
        return Int(exactly: double)
    }

    public var int64: Int64? { int.map(Int64.init) }

    /// The nearest double; infinite when the literal is beyond its range.
    public var double: Double { Double(literal) ?? .nan }
}

extension JSONNumber: Hashable {
    /// Equal literals are equal; otherwise whole numbers compare exactly and the rest as doubles.
    public static func == (left: JSONNumber, right: JSONNumber) -> Bool {
        if left.literal == right.literal { return true }
        switch (left.int, right.int) {
        case (let a?, let b?): return a == b
        case (nil, nil): return left.double == right.double && left.double.isFinite
        default: return false
        }
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(double) }
}
