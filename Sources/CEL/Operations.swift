internal import JSON

extension CEL.Evaluator {
    typealias Value = CEL.Value
    typealias Failure = CEL.Failure

    static func overflow() -> Failure { Failure(.evaluation, "The result does not fit its type: return error for overflow.") }

    static func negate(_ value: Value) throws(Failure) -> Value {
        switch value.plain {
        case .int(let value):
            guard value != .min else { throw overflow() }
            return .int(-value)
        case .double(let value): return .double(-value)
        default: throw noOverload("-")
        }
    }

    mutating func binary(_ operation: CEL.Operator, _ left: Value, _ right: Value) throws(Failure) -> Value {
        switch operation {
        case .equal: return .bool(try equal(left, right))
        case .notEqual: return .bool(try !equal(left, right))
        case .less, .lessOrEqual, .greater, .greaterOrEqual: return .bool(try ordered(operation, left, right))
        case .isIn: return .bool(try isIn(left, right))
        case .add, .subtract, .multiply, .divide, .remainder: return try arithmetic(operation, left.plain, right.plain)
        }
    }

    // MARK: Equality and order

    mutating func equal(_ left: Value, _ right: Value) throws(Failure) -> Bool {
        switch (left, right) {
        case (.int(let a), .int(let b)): return a == b
        case (.string(let a), .string(let b)): return CEL.same(a, b)
        case (.bool(let a), .bool(let b)): return a == b
        case (.null, .null): return true
        case (.bytes(let a), .bytes(let b)): return a == b
        case (.timestamp(let a), .timestamp(let b)): return a == b
        case (.duration(let a), .duration(let b)): return a == b
        case (.type(let a), .type(let b)): return a.name == b.name
        case (.optional(let a), .optional(let b)):
            guard let a = a.value, let b = b.value else { return a.value == nil && b.value == nil }
            return try equal(a, b)
        case (.list, .list), (.list, .array), (.array, .list), (.array, .array): return try equalLists(left, right)
        case (.map, .map), (.map, .object), (.object, .map), (.object, .object): return try equalMaps(left, right)
        default: return Self.compare(left.plain, right.plain) == 0
        }
    }

    private static func count(_ value: Value) -> Int {
        switch value {
        case .list(let list): list.count
        case .array(let array): array.count
        case .map(let map): map.count
        case .object(let object): object.count
        default: 0
        }
    }

    private static func item(_ value: Value, _ index: Int) -> Value {
        switch value {
        case .list(let list): list[index]
        case .array(let array): Value(array[index])
        default: .null
        }
    }

    private mutating func equalLists(_ left: Value, _ right: Value) throws(Failure) -> Bool {
        let count = Self.count(left)
        guard count == Self.count(right) else { return false }
        for index in 0..<count {
            try spend(steps: 1)
            if try !equal(Self.item(left, index), Self.item(right, index)) { return false }
        }
        return true
    }

    private mutating func equalMaps(_ left: Value, _ right: Value) throws(Failure) -> Bool {
        guard Self.count(left) == Self.count(right) else { return false }
        func lookUp(_ key: Value) -> Value? {
            switch right {
            case .map(let map): map[key]
            case .object(let object): key.string.flatMap { object[$0] }.map { Value($0) }
            default: nil
            }
        }
        if case .object(let object) = left {
            for (name, value) in object {
                try spend(steps: 1)
                guard let other = lookUp(.string(name)), try equal(Value(value), other) else { return false }
            }
        } else if case .map(let map) = left {
            for (key, value) in map {
                try spend(steps: 1)
                guard let other = lookUp(key.value), try equal(value, other) else { return false }
            }
        }
        return true
    }

    /// Below, at or above zero as the first is below, at or above the second; nil when they have no order.
    static func compare(_ left: Value, _ right: Value) -> Int? {
        switch (left, right) {
        case (.int(let a), .int(let b)): return a < b ? -1 : a == b ? 0 : 1
        case (.uint(let a), .uint(let b)): return a < b ? -1 : a == b ? 0 : 1
        case (.double(let a), .double(let b)): return a < b ? -1 : a == b ? 0 : a > b ? 1 : nil
        case (.int(let a), .uint(let b)): return a < 0 ? -1 : compare(.uint(UInt64(a)), right) ?? (b == 0 ? 0 : nil)
        case (.uint, .int), (.double, .int), (.double, .uint): return compare(right, left).map { -$0 }
        // As the reference: beyond the whole number's range by range, within it as doubles.
        case (.int(let a), .double(let b)): return b > 0x1p63 ? -1 : b < -0x1p63 ? 1 : compare(.double(Double(a)), right)
        case (.uint(let a), .double(let b)): return b > 0x1p64 ? -1 : b < 0 ? 1 : compare(.double(Double(a)), right)
        default: return nil
        }
    }

    private static func isNumber(_ value: Value) -> Bool {
        switch value {
        case .int, .uint, .double, .number: true
        default: false
        }
    }

    private mutating func ordered(_ operation: CEL.Operator, _ left: Value, _ right: Value) throws(Failure) -> Bool {
        let order: Int
        switch (left, right) {
        case (.int(let a), .int(let b)): order = a < b ? -1 : a == b ? 0 : 1
        case (.string(let a), .string(let b)):
            try spend(steps: min(a.utf8.count, b.utf8.count) >> 6)
            order = CEL.same(a, b) ? 0 : a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : 1
        case (.bytes(let a), .bytes(let b)): order = a == b ? 0 : a.lexicographicallyPrecedes(b) ? -1 : 1
        case (.bool(let a), .bool(let b)): order = a == b ? 0 : b ? -1 : 1
        case (.timestamp(let a), .timestamp(let b)): order = a == b ? 0 : a < b ? -1 : 1
        case (.duration(let a), .duration(let b)): order = a == b ? 0 : a < b ? -1 : 1
        default:
            guard Self.isNumber(left), Self.isNumber(right) else { throw Self.noOverload("<") }
            guard let found = Self.compare(left.plain, right.plain) else { return false }
            order = found
        }
        switch operation {
        case .less: return order < 0
        case .lessOrEqual: return order <= 0
        case .greater: return order > 0
        default: return order >= 0
        }
    }

    private mutating func isIn(_ value: Value, _ container: Value) throws(Failure) -> Bool {
        switch container {
        case .list(let list):
            for element in list {
                try spend(steps: 1)
                if try equal(value, element) { return true }
            }
            return false
        case .array(let array):
            for element in array {
                try spend(steps: 1)
                if try equal(value, Value(element)) { return true }
            }
            return false
        case .map(let map): return map[value] != nil
        case .object(let object): return value.string.map { object.contains($0) } ?? false
        default: throw Self.noOverload("in")
        }
    }

    // MARK: Arithmetic

    private mutating func arithmetic(_ operation: CEL.Operator, _ left: Value, _ right: Value) throws(Failure) -> Value {
        switch (left, right) {
        case (.int(let a), .int(let b)): return .int(try Self.whole(operation, a, b))
        case (.uint(let a), .uint(let b)): return .uint(try Self.whole(operation, a, b))
        case (.double(let a), .double(let b)):
            switch operation {
            case .add: return .double(a + b)
            case .subtract: return .double(a - b)
            case .multiply: return .double(a * b)
            case .divide: return .double(a / b)
            default: throw Self.noOverload("%")
            }
        default: break
        }
        switch (operation, left, right) {
        case (.add, .string(let a), .string(let b)):
            try spend(bytes: a.utf8.count + b.utf8.count)
            return .string(a + b)
        case (.add, .bytes(let a), .bytes(let b)):
            try spend(bytes: a.count + b.count)
            return .bytes(a + b)
        case (.add, .timestamp(let a), .duration(let b)), (.add, .duration(let b), .timestamp(let a)): return .timestamp(try a.adding(b))
        case (.add, .duration(let a), .duration(let b)): return .duration(try a.adding(b))
        case (.subtract, .timestamp(let a), .duration(let b)): return .timestamp(try a.adding(b.negated))
        case (.subtract, .timestamp(let a), .timestamp(let b)): return .duration(try a.since(b))
        case (.subtract, .duration(let a), .duration(let b)): return .duration(try a.adding(b.negated))
        case (.add, .list, .list), (.add, .list, .array), (.add, .array, .list), (.add, .array, .array):
            let (first, second) = (Self.count(left), Self.count(right))
            try spend(bytes: 32 * (first + second))
            var result: [Value] = []
            result.reserveCapacity(first + second)
            for index in 0..<first { result.append(Self.item(left, index)) }
            for index in 0..<second { result.append(Self.item(right, index)) }
            return .list(result)
        default: throw Self.noOverload(operation.rawValue.filter { $0 != "_" })
        }
    }

    private static func whole<T: FixedWidthInteger>(_ operation: CEL.Operator, _ a: T, _ b: T) throws(Failure) -> T {
        let (result, isTooLarge): (T, Bool)
        switch operation {
        case .add: (result, isTooLarge) = a.addingReportingOverflow(b)
        case .subtract: (result, isTooLarge) = a.subtractingReportingOverflow(b)
        case .multiply: (result, isTooLarge) = a.multipliedReportingOverflow(by: b)
        case .divide:
            guard b != 0 else { throw Failure(.evaluation, "A whole number cannot be divided by zero: divide by zero.") }
            (result, isTooLarge) = a.dividedReportingOverflow(by: b)
        default:
            guard b != 0 else { throw Failure(.evaluation, "There is no remainder of a division by zero: modulus by zero.") }
            // The least number has no remainder by -1 in the reference, although it would be zero.
            (result, isTooLarge) = a.remainderReportingOverflow(dividingBy: b)
        }
        guard !isTooLarge else { throw overflow() }
        return result
    }
}
