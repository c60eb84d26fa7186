internal import JSON
internal import Primitives

extension CEL.Evaluator {
    private static func range(_ type: String) -> Failure { Failure(.evaluation, "The value does not fit '\(type)': range error.") }

    mutating func convert(_ builtin: CEL.Builtin, _ value: Value) throws(Failure) -> Value {
        switch (builtin, value) {
        case (.int, .int), (.uint, .uint), (.double, .double), (.string, .string), (.bytes, .bytes), (.bool, .bool),
            (.timestamp, .timestamp), (.duration, .duration):
            return value
        case (.int, .uint(let x)):
            guard let whole = Int64(exactly: x) else { throw Self.range("int") }
            return .int(whole)
        case (.int, .double(let x)):
            guard x > -0x1p63, x < 0x1p63 else { throw Self.range("int") }
            return .int(Int64(x))
        case (.int, .string(let text)):
            guard let whole = Int64(text) else { throw Failure(.evaluation, "'\(text.prefix(100))' is no int.") }
            return .int(whole)
        case (.int, .timestamp(let time)): return .int(time.seconds)
        case (.int, .duration(let span)): return .int(Int64(span.total / 1_000_000_000))
        case (.uint, .int(let x)):
            guard let whole = UInt64(exactly: x) else { throw Self.range("uint") }
            return .uint(whole)
        case (.uint, .double(let x)):
            guard x >= 0, x < 0x1p64 else { throw Self.range("uint") }
            return .uint(UInt64(x))
        case (.uint, .string(let text)):
            guard !text.hasPrefix("-"), let whole = UInt64(text) else { throw Failure(.evaluation, "'\(text.prefix(100))' is no uint.") }
            return .uint(whole)
        case (.double, .int(let x)): return .double(Double(x))
        case (.double, .uint(let x)): return .double(Double(x))
        case (.double, .string(let text)):
            switch text {
            case "NaN": return .double(.nan)
            case "Infinity", "+Infinity", "Inf", "+Inf": return .double(.infinity)
            case "-Infinity", "-Inf": return .double(-.infinity)
            default: break
            }
            let isDecimal = text.utf8.allSatisfy { (48...57).contains($0) || "+-.eE".utf8.contains($0) }
            guard isDecimal, let number = Double(text) else { throw Failure(.evaluation, "'\(text.prefix(100))' is no double.") }
            return .double(number)
        case (.string, _):
            let text = try Self.text(of: value)
            try spend(bytes: text.utf8.count)
            return .string(text)
        case (.bytes, .string(let text)):
            try spend(bytes: text.utf8.count)
            return .bytes(Array(text.utf8))
        case (.bool, .string(let text)):
            switch text {
            case "1", "t", "true", "TRUE", "True": return .bool(true)
            case "0", "f", "false", "FALSE", "False": return .bool(false)
            default: throw Failure(.evaluation, "'\(text.prefix(100))' is no bool.")
            }
        case (.timestamp, .string(let text)): return .timestamp(try CEL.Instant(parsing: text))
        case (.timestamp, .int(let seconds)): return .timestamp(try CEL.Instant(seconds: seconds))
        case (.duration, .string(let text)): return .duration(try CEL.Span(parsing: text))
        case (.duration, .int(let seconds)): return .duration(try CEL.Span(total: Int128(seconds) * 1_000_000_000))
        default: throw Self.noOverload(builtin.rawValue)
        }
    }

    /// As `string()`; bytes must be UTF-8.
    static func text(of value: Value) throws(Failure) -> String {
        switch value {
        case .string(let text): return text
        case .int(let value): return String(value)
        case .uint(let value): return String(value)
        case .bool(let value): return String(value)
        case .double(let value): return text(of: value)
        case .number(let number): return text(of: number.double)
        case .bytes(let bytes):
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw Failure(.evaluation, "The bytes are no UTF-8: invalid UTF-8 in bytes, cannot convert to string.")
            }
            return text
        case .timestamp(let time): return time.text
        case .duration(let span): return span.text
        default: throw noOverload("string")
        }
    }

    /// The shortest digits that read back, with an exponent below 1e-4 and from 1e21.
    static func text(of value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity" }
        let parts = "\(value.magnitude)".split(separator: "e")
        let halves = parts[0].split(separator: ".")
        var whole = String(halves[0])
        var fraction = halves.count > 1 && halves[1] != "0" ? String(halves[1]) : ""
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let sign = value.sign == .minus ? "-" : ""
        if value != 0, value.magnitude < 1e-4 || value.magnitude >= 1e21 {
            let mark = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
            return sign + whole + (fraction.isEmpty ? "" : "." + fraction) + "e" + (exponent < 0 ? "-" : "+") + mark
        }
        if exponent > 0 {
            let moved = fraction.prefix(exponent)
            whole += moved + String(repeating: "0", count: exponent - moved.count)
            fraction = String(fraction.dropFirst(exponent))
        }
        return sign + whole + (fraction.isEmpty ? "" : "." + fraction)
    }
}
