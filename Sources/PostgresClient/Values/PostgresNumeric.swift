/// A `numeric`: an exact decimal number of any size the server knows, NaN, or an infinity, kept as text.
///
/// At most 131,072 digits before the point and 16,383 behind it. Equal means the same digits: `1.0` and `1.00` differ, as they do when
/// printed. For money, whole minor units in an `Int64` are faster.
public struct PostgresNumeric: Hashable, Sendable {
    /// As PostgreSQL prints it: `-12.340`, `0`, `NaN`, `Infinity`, `-Infinity`; no exponent, no leading zeros, the scale kept.
    public let text: String

    public static let nan = PostgresNumeric(canonical: "NaN")
    public static let infinity = PostgresNumeric(canonical: "Infinity")
    public static let negativeInfinity = PostgresNumeric(canonical: "-Infinity")

    init(canonical text: String) { self.text = text }

    public init(_ value: some BinaryInteger) { self.text = String(value) }

    /// Reads `12`, `-0.50`, `.5`, `1e40`, `NaN`, `Infinity` and `-Infinity`; nil for anything else and what the server cannot hold.
    public init?(_ text: String) {
        switch text {
        case "NaN", "Infinity", "-Infinity": self.text = text
        default:
            guard let text = DecimalLiteral(text)?.canonical else { return nil }
            self.text = text
        }
    }

    public var isFinite: Bool { !text.utf8.contains { $0 > UInt8(ascii: "9") } }

    /// The nearest `Double`, infinite where it is too great.
    public var double: Double {
        switch text {
        case "NaN": .nan
        case "Infinity": .infinity
        case "-Infinity": -.infinity
        default: Double(text) ?? (text.hasPrefix("-") ? -.infinity : .infinity)
        }
    }

    /// The same number as an integer; nil when it has a fraction other than zeros or does not fit.
    public var int: Int? {
        let parts = text.split(separator: ".", maxSplits: 1)
        guard isFinite, let whole = parts.first, parts.dropFirst().allSatisfy({ $0.allSatisfy { $0 == "0" } }) else { return nil }
        return Int(whole)
    }
}

extension PostgresNumeric: CustomStringConvertible {
    public var description: String { text }
}

extension PostgresNumeric: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int) { self.init(value) }
}

extension PostgresNumeric: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .numeric }

    public func encode(into bytes: inout [UInt8]) { NumericText.encode(text, into: &bytes) }

    /// Reads `numeric`, and the integers.
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> PostgresNumeric {
        switch type {
        case .numeric: PostgresNumeric(canonical: try NumericText.decode(bytes))
        case .int2, .int4, .int8: PostgresNumeric(try Int64.decode(bytes, type: type))
        default: throw .mismatch(type, PostgresNumeric.self)
        }
    }
}

/// The parts of a decimal literal.
private struct DecimalLiteral {
    private static let wholeLimit = 131_072
    private static let scaleLimit = 16_383

    private var isNegative = false
    private var digits: [UInt8] = []
    /// Digits before the point; negative for zeros between the point and the first digit.
    private var point = 0

    init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            rest = rest.dropFirst()
        }
        var pointSeen = false
        while let byte = rest.first {
            if byte == UInt8(ascii: "."), !pointSeen {
                pointSeen = true
                point = digits.count
            } else if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                digits.append(byte)
            } else {
                break
            }
            rest = rest.dropFirst()
        }
        if !pointSeen { point = digits.count }
        guard !digits.isEmpty else { return nil }
        guard let mark = rest.first else { return }
        guard mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E"), let exponent = Int(String(decoding: rest.dropFirst(), as: UTF8.self)),
            exponent.magnitude <= DecimalLiteral.wholeLimit
        else { return nil }
        point += exponent
    }

    var canonical: String? {
        let zero = UInt8(ascii: "0")
        // Zeros in front carry neither value nor scale.
        let leading = digits.prefix { $0 == zero }.count
        let significant = digits.dropFirst(leading)
        let scale = max(0, digits.count - point)
        let wholeCount = point - leading
        guard scale <= DecimalLiteral.scaleLimit, significant.isEmpty || wholeCount <= DecimalLiteral.wholeLimit else { return nil }
        var text: [UInt8] = isNegative && !significant.isEmpty ? [UInt8(ascii: "-")] : []
        let whole = significant.prefix(max(0, wholeCount))
        text += whole.isEmpty ? [zero] : Array(whole)
        if !significant.isEmpty, wholeCount > whole.count { text += repeatElement(zero, count: wholeCount - whole.count) }
        if scale > 0 {
            let fraction = significant.dropFirst(whole.count)
            text.append(UInt8(ascii: "."))
            text += repeatElement(zero, count: scale - fraction.count)
            text += fraction
        }
        return String(decoding: text, as: UTF8.self)
    }
}
