internal import JSON
internal import LinearRegex
internal import Primitives

extension CEL.Evaluator {
    mutating func matches(_ text: String, _ pattern: Pattern) throws(Failure) -> Bool {
        // What a match may take at most.
        try spend(steps: text.utf8.count * max(1, pattern.size >> 3))
        return pattern.matches(text)
    }

    mutating func call(_ builtin: CEL.Builtin, _ a: Value, _ b: Value, _ c: Value, _ d: Value, _ count: Int) throws(Failure) -> Value {
        switch builtin {
        case .size, .sizeMethod: return try size(a)
        case .type: return .type(a.valueType)
        case .dyn: return a
        case .int, .uint, .double, .string, .bytes, .bool, .timestamp, .duration: return try convert(builtin, a)
        case .contains, .startsWith, .endsWith:
            guard case .string(let text) = a, case .string(let part) = b else { break }
            try spend(steps: text.utf8.count >> 5)
            switch builtin {
            case .startsWith: return .bool(text.utf8.starts(with: part.utf8))
            case .endsWith: return .bool(text.utf8.reversed().starts(with: part.utf8.reversed()))
            default: return .bool(try contains(Array(text.utf8), Array(part.utf8)))
            }
        case .matches, .matchesMethod:
            guard case .string(let text) = a, case .string(let expression) = b else { break }
            try spend(steps: expression.utf8.count)
            do {
                return .bool(try matches(text, try Pattern(expression, syntax: .re2)))
            } catch let error as PatternError {
                throw Failure(.evaluation, "The pattern \(error).")
            } catch let error as Failure {
                throw error
            } catch {
                throw Failure(.evaluation, "\(error)")
            }
        case .getFullYear, .getMonth, .getDate, .getDayOfMonth, .getDayOfWeek, .getDayOfYear, .getHours, .getMinutes, .getSeconds,
            .getMilliseconds:
            return try timePart(builtin, a, count > 1 ? b : nil)
        case .hasValue, .value, .or, .orValue: return try optional(builtin, a, b)
        case .optionalOf: return .optional(Value.Optional(a))
        case .optionalOfNonZero: return Self.isZero(a) ? Value.none() : .optional(Value.Optional(a))
        case .optionalNone: return Value.none()
        case .encode:
            guard case .bytes(let bytes) = a else { break }
            try spend(bytes: bytes.count * 4 / 3)
            return .string(Base64.encode(bytes))
        case .decode:
            guard case .string(let text) = a else { break }
            try spend(bytes: text.utf8.count)
            let padded = text.utf8.count % 4 == 0 ? text : text + String(repeating: "=", count: 4 - text.utf8.count % 4)
            guard let bytes = Base64.decode(padded) else { throw Failure(.evaluation, "This text is no Base64.") }
            return .bytes(bytes)
        case .ceil, .floor, .round, .trunc, .abs, .sign, .sqrt, .isNaN, .isInf, .isFinite, .bitAnd, .bitOr, .bitXor, .bitNot, .shiftLeft,
            .shiftRight:
            return try math(builtin, a, b)
        case .greatest, .least: return try extreme(builtin, [a])
        default: return try strings(builtin, a, b, c, d, count)
        }
        throw Self.noOverload(builtin.rawValue)
    }

    private mutating func contains(_ text: [UInt8], _ part: [UInt8]) throws(Failure) -> Bool {
        try find(part, in: text, from: 0) != nil
    }

    /// The place of the first occurrence at or after `start`.
    mutating func find<Element: Equatable>(_ part: [Element], in text: [Element], from start: Int) throws(Failure) -> Int? {
        guard !part.isEmpty else { return start <= text.count ? start : nil }
        guard part.count <= text.count else { return nil }
        var work = 0
        defer { _ = work }
        for place in stride(from: start, through: text.count - part.count, by: 1) {
            var length = 0
            while length < part.count, text[place + length] == part[length] { length += 1 }
            if length == part.count { return place }
            work += length
            if work >= 1024 {
                try spend(steps: work >> 4)
                work = 0
            }
        }
        return nil
    }

    private mutating func size(_ value: Value) throws(Failure) -> Value {
        switch value {
        case .string(let text):
            try spend(steps: text.utf8.count >> 6)
            return .int(Int64(text.unicodeScalars.count))
        case .bytes(let bytes): return .int(Int64(bytes.count))
        case .list(let list): return .int(Int64(list.count))
        case .array(let array): return .int(Int64(array.count))
        case .map(let map): return .int(Int64(map.count))
        case .object(let object): return .int(Int64(object.count))
        default: throw Self.noOverload("size")
        }
    }

    private func timePart(_ builtin: CEL.Builtin, _ value: Value, _ zone: Value?) throws(Failure) -> Value {
        if case .duration(let span) = value, zone == nil {
            let total = span.total
            switch builtin {
            case .getHours: return .int(Int64(total / 3_600_000_000_000))
            case .getMinutes: return .int(Int64(total / 60_000_000_000))
            case .getSeconds: return .int(Int64(total / 1_000_000_000))
            case .getMilliseconds: return .int(Int64(total / 1_000_000 % 1000))
            default: throw Self.noOverload(builtin.rawValue)
            }
        }
        guard case .timestamp(let time) = value else { throw Self.noOverload(builtin.rawValue) }
        if let zone, zone.string == nil { throw Self.noOverload(builtin.rawValue) }
        let fields = try time.fields(in: zone?.string)
        let part =
            switch builtin {
            case .getFullYear: fields.year
            case .getMonth: fields.month - 1
            case .getDate: fields.day
            case .getDayOfMonth: fields.day - 1
            case .getDayOfWeek: fields.weekday
            case .getDayOfYear: fields.yearday
            case .getHours: fields.hour
            case .getMinutes: fields.minute
            case .getSeconds: fields.second
            default: Int(time.nanoseconds) / 1_000_000
            }
        return .int(Int64(part))
    }

    private func optional(_ builtin: CEL.Builtin, _ receiver: Value, _ other: Value) throws(Failure) -> Value {
        guard case .optional(let optional) = receiver else { throw Self.noOverload(builtin.rawValue) }
        switch builtin {
        case .hasValue: return .bool(optional.value != nil)
        case .value:
            guard let value = optional.value else { throw Failure(.evaluation, "The optional has no value: optional.none() dereference.") }
            return value
        case .or:
            guard case .optional = other else { throw Self.noOverload("or") }
            return optional.value == nil ? other : receiver
        default: return optional.value ?? other
        }
    }

    private static func isZero(_ value: Value) -> Bool {
        switch value {
        case .null: true
        case .bool(let value): !value
        case .int(let value): value == 0
        case .uint(let value): value == 0
        case .double(let value): value == 0
        case .string(let value): value.isEmpty
        case .bytes(let value): value.isEmpty
        case .list(let value): value.isEmpty
        case .array(let value): value.isEmpty
        case .map(let value): value.count == 0
        case .object(let value): value.isEmpty
        case .duration(let value): value.total == 0
        case .optional(let value): value.value == nil
        case .timestamp(let value): value.seconds == 0 && value.nanoseconds == 0
        case .number(let value): value.double == 0
        case .type: false
        }
    }

    // MARK: Numbers

    mutating func extreme(_ builtin: CEL.Builtin, _ arguments: [Value]) throws(Failure) -> Value {
        var values = arguments.map(\.plain)
        if values.count == 1 {
            switch values[0] {
            case .list(let list): values = list.map(\.plain)
            case .array(let array): values = array.map { Value($0).plain }
            default: break
            }
        }
        try spend(steps: values.count)
        guard var best = values.first else { throw Failure(.evaluation, "\(builtin.rawValue)() takes at least one number.") }
        for value in values {
            switch value {
            case .int, .uint, .double: break
            default: throw Self.noOverload(builtin.rawValue)
            }
            guard let order = Self.compare(value, best) else { continue }
            if builtin == .greatest ? order > 0 : order < 0 { best = value }
        }
        return best
    }

    private func math(_ builtin: CEL.Builtin, _ a: Value, _ b: Value) throws(Failure) -> Value {
        switch (builtin, a, b) {
        case (.ceil, .double(let x), _): return .double(x.rounded(.up))
        case (.floor, .double(let x), _): return .double(x.rounded(.down))
        case (.round, .double(let x), _): return .double(x.rounded(.toNearestOrAwayFromZero))
        case (.trunc, .double(let x), _): return .double(x.rounded(.towardZero))
        case (.isNaN, .double(let x), _): return .bool(x.isNaN)
        case (.isInf, .double(let x), _): return .bool(x.isInfinite)
        case (.isFinite, .double(let x), _): return .bool(x.isFinite)
        case (.abs, .double(let x), _): return .double(x.magnitude)
        case (.abs, .uint, _): return a
        case (.abs, .int(let x), _):
            guard x != .min else { throw Self.overflow() }
            return .int(Swift.abs(x))
        case (.sign, .double(let x), _): return .double(x > 0 ? 1 : x < 0 ? -1 : x)
        case (.sign, .int(let x), _): return .int(x.signum())
        case (.sign, .uint(let x), _): return .uint(x.signum())
        case (.sqrt, .double(let x), _): return .double(x.squareRoot())
        case (.sqrt, .int(let x), _): return .double(Double(x).squareRoot())
        case (.sqrt, .uint(let x), _): return .double(Double(x).squareRoot())
        case (.bitAnd, .int(let x), .int(let y)): return .int(x & y)
        case (.bitAnd, .uint(let x), .uint(let y)): return .uint(x & y)
        case (.bitOr, .int(let x), .int(let y)): return .int(x | y)
        case (.bitOr, .uint(let x), .uint(let y)): return .uint(x | y)
        case (.bitXor, .int(let x), .int(let y)): return .int(x ^ y)
        case (.bitXor, .uint(let x), .uint(let y)): return .uint(x ^ y)
        case (.bitNot, .int(let x), _): return .int(~x)
        case (.bitNot, .uint(let x), _): return .uint(~x)
        case (.shiftLeft, _, .int(let y)), (.shiftRight, _, .int(let y)):
            guard y >= 0 else { throw Failure(.evaluation, "\(builtin.rawValue)() shifts by zero or more: negative offset.") }
            switch (a, builtin) {
            case (.int(let x), .shiftLeft): return .int(x << y)
            case (.uint(let x), .shiftLeft): return .uint(x << y)
            // The sign moves as any other bit.
            case (.int(let x), _): return .int(Int64(bitPattern: UInt64(bitPattern: x) >> y))
            case (.uint(let x), _): return .uint(x >> y)
            default: throw Self.noOverload(builtin.rawValue)
            }
        default: throw Self.noOverload(builtin.rawValue)
        }
    }
}
