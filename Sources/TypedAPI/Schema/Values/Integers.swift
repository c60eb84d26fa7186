public import JSON

/// The integers of Swift: read exactly, refused where they do not fit.
public protocol SchemaInteger: SchemaValue, FixedWidthInteger {}

extension SchemaInteger {
    public static func read(from reader: inout SchemaReader) throws(JSONError) -> Self? {
        guard let number = try reader.wholeNumber() else { return nil }
        if let value = Self(exactly: number) { return value }
        reader.fail(
            .range, "Must be from \(Self.min) to \(Self.max).",
            ["minimum": .number(JSONNumber(exactly: min)), "maximum": .number(JSONNumber(exactly: max))])
        return nil
    }

    public func write(to writer: inout JSONWriter) {
        if let value = Int64(exactly: self) {
            writer.write(integer: value)
        } else {
            writer.write(integer: UInt64(clamping: self))
        }
    }

    public static func schema(in catalog: inout SchemaCatalog) -> JSONObject {
        if Self.isSigned, bitWidth >= 32 { return ["type": "integer", "format": .string("int\(bitWidth)")] }
        return ["type": "integer", "minimum": .number(JSONNumber(exactly: min)), "maximum": .number(JSONNumber(exactly: max))]
    }
}

extension JSONNumber {
    init(exactly value: some FixedWidthInteger) {
        self = Int64(exactly: value).map { JSONNumber($0) } ?? JSONNumber(UInt64(clamping: value))
    }
}

extension Int: SchemaInteger {}
extension Int8: SchemaInteger {}
extension Int16: SchemaInteger {}
extension Int32: SchemaInteger {}
extension Int64: SchemaInteger {}
extension UInt: SchemaInteger {}
extension UInt8: SchemaInteger {}
extension UInt16: SchemaInteger {}
extension UInt32: SchemaInteger {}
extension UInt64: SchemaInteger {}

/// A decimal number as its digits and an exponent: nothing is rounded on the way from its literal.
struct ExactDecimal {
    enum WholeNumber {
        case value(Int128), tooLarge
    }

    let isNegative: Bool
    /// Without zeros at either end; empty for zero.
    let digits: [UInt8]
    /// The power of ten that the last digit counts.
    let exponent: Int

    /// nil for anything but a JSON number.
    init?(literal: String) {
        var bytes = literal.utf8[...]
        isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative { bytes.removeFirst() }
        var digits: [UInt8] = []
        var exponent = 0
        func takeDigits() -> Int {
            let count = bytes.prefix { (48...57).contains($0) }.count
            digits += bytes.prefix(count).map { $0 - 48 }
            bytes = bytes.dropFirst(count)
            return count
        }
        guard takeDigits() > 0, digits.count == 1 || digits[0] != 0 else { return nil }
        if bytes.first == UInt8(ascii: ".") {
            bytes.removeFirst()
            let count = takeDigits()
            guard count > 0 else { return nil }
            exponent = -count
        }
        if let letter = bytes.first, letter | 32 == UInt8(ascii: "e") {
            bytes.removeFirst()
            let isDown = bytes.first == UInt8(ascii: "-")
            if isDown || bytes.first == UInt8(ascii: "+") { bytes.removeFirst() }
            guard !bytes.isEmpty, bytes.allSatisfy({ (48...57).contains($0) }) else { return nil }
            // Nobody means a power of ten beyond this one, and arithmetic on it must not overflow.
            let power = bytes.reduce(0) { min($0 * 10 + Int($1 - 48), 1_000_000) }
            exponent += isDown ? -power : power
            bytes = bytes.suffix(0)
        }
        guard bytes.isEmpty else { return nil }
        while digits.last == 0 {
            digits.removeLast()
            exponent += 1
        }
        self.digits = Array(digits.drop { $0 == 0 })
        self.exponent = self.digits.isEmpty ? 0 : exponent
    }

    /// nil when there is a fraction.
    var wholeNumber: WholeNumber? {
        guard exponent >= 0 else { return nil }
        guard digits.count + exponent <= 38 else { return .tooLarge }
        var value = digits.reduce(Int128(0)) { $0 * 10 + Int128($1) }
        for _ in 0..<exponent { value *= 10 }
        return .value(isNegative ? -value : value)
    }
}
