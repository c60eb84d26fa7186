public import JSON

extension CEL {
    /// A value of the language. Lists and objects that come as JSON stay as they are and are read where the expression looks.
    public enum Value: Sendable {
        case null
        case bool(Bool)
        case int(Int64)
        case uint(UInt64)
        case double(Double)
        case string(String)
        case bytes([UInt8])
        case list([Value])
        case map(Map)
        case timestamp(Instant)
        case duration(Span)
        case type(ValueType)
        case optional(Optional)
        /// A JSON array as it came.
        case array([JSONValue])
        /// A JSON object as it came.
        case object(JSONObject)
        /// A JSON number that no 64-bit number writes the same way. It counts as a `double` and goes out as it was written.
        case number(JSONNumber)

        /// A value or none, as `optional.of` makes it.
        public final class Optional: Sendable {
            public let value: Value?
            init(_ value: Value?) { self.value = value }
        }

        public init(_ json: JSONValue) {
            switch json {
            case .null: self = .null
            case .bool(let value): self = .bool(value)
            case .string(let value): self = .string(value)
            case .array(let value): self = .array(value)
            case .object(let value): self = .object(value)
            case .number(let number):
                if let value = Int64(number.literal), number.literal != "-0" {
                    self = .int(value)
                } else if let value = UInt64(number.literal) {
                    self = .uint(value)
                } else if JSONNumber(number.double)?.literal == number.literal {
                    self = .double(number.double)
                } else {
                    self = .number(number)
                }
            }
        }

        static func none() -> Value { .optional(Optional(nil)) }

        public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
        public var string: String? { if case .string(let value) = self { value } else { nil } }
        public var int: Int64? { if case .int(let value) = self { value } else { nil } }

        /// The same value with a decimal that came as JSON read as a double.
        @inline(__always) var plain: Value {
            if case .number(let number) = self { .double(number.double) } else { self }
        }

        /// The name of the type that `type()` gives.
        public var valueType: ValueType {
            switch self {
            case .null: .null
            case .bool: .bool
            case .int: .int
            case .uint: .uint
            case .double, .number: .double
            case .string: .string
            case .bytes: .bytes
            case .list, .array: .list(.dyn)
            case .map, .object: .map(.dyn, .dyn)
            case .timestamp: .timestamp
            case .duration: .duration
            case .type: .type(.dyn)
            case .optional: .optional(.dyn)
            }
        }
    }
}

extension CEL.Value {
    /// The value as JSON: bytes as Base64, timestamps as RFC 3339, durations as seconds with an `s`, an absent optional as null; the keys of
    /// maps become text.
    ///
    /// - Throws: ``CEL/Failure`` for a type, NaN and the infinities, which JSON does not have.
    ///   A value of more than a million parts, which shared lists make possible, is refused too.
    public func json() throws(CEL.Failure) -> JSONValue {
        var budget = 1_000_000
        return try json(&budget)
    }

    private func json(_ budget: inout Int) throws(CEL.Failure) -> JSONValue {
        budget -= 1
        guard budget >= 0 else { throw CEL.Failure(.limit, "The value has more than a million parts.") }
        switch self {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .int(let value): return .number(value)
        case .uint(let value): return .number(JSONNumber(value))
        case .double(let value):
            guard let number = JSONNumber(value) else { throw CEL.Failure(.evaluation, "JSON has no number for \(value).") }
            return .number(number)
        case .number(let number): return .number(number)
        case .string(let value): return .string(value)
        case .bytes, .timestamp, .duration: return .string(try CEL.Evaluator.text(of: self))
        case .array(let value): return .array(value)
        case .object(let value): return .object(value)
        case .list(let values):
            var array: [JSONValue] = []
            for value in values { array.append(try value.json(&budget)) }
            return .array(array)
        case .map(let map):
            var object = JSONObject()
            for (key, value) in map { object[try CEL.Evaluator.text(of: key.value)] = try value.json(&budget) }
            return .object(object)
        case .optional(let optional): return try optional.value?.json(&budget) ?? .null
        case .type(let type): throw CEL.Failure(.evaluation, "JSON has no value for the type \(type).")
        }
    }
}

extension CEL {
    /// A map in the order in which its entries were written.
    public struct Map: Sendable, Sequence {
        enum Key: Hashable, Sendable {
            case bool(Bool)
            case int(Int64)
            /// Only beyond `int`: whole numbers of both types are one key.
            case uint(UInt64)
            case string(Text)

            init?(_ value: Value) {
                switch value.plain {
                case .bool(let value): self = .bool(value)
                case .int(let value): self = .int(value)
                case .uint(let value): self = Int64(exactly: value).map(Key.int) ?? .uint(value)
                case .double(let value):
                    if let whole = Int64(exactly: value) {
                        self = .int(whole)
                    } else if let whole = UInt64(exactly: value) {
                        self = .uint(whole)
                    } else {
                        return nil
                    }
                case .string(let value): self = .string(Text(value))
                default: return nil
                }
            }
        }

        /// A string that is equal to the same scalars only.
        struct Text: Hashable, Sendable {
            let string: String
            init(_ string: String) { self.string = string }
            static func == (left: Text, right: Text) -> Bool { same(left.string, right.string) }
            func hash(into hasher: inout Hasher) { hasher.combine(string) }
        }

        /// A key with the type it was written with.
        public struct Entry: Sendable {
            public let value: Value
        }

        private var keys: [Entry] = []
        private var values: [Value] = []
        private var places: [Key: Int] = [:]

        public init() {}

        public var count: Int { keys.count }

        /// Adds an entry; false when there is one with that key, or it is of a type that no key has.
        @discardableResult
        public mutating func insert(_ key: Value, _ value: Value) -> Bool {
            guard let place = Key(key), places[place] == nil else { return false }
            places[place] = keys.count
            keys.append(Entry(value: key))
            values.append(value)
            return true
        }

        public subscript(key: Value) -> Value? {
            guard let key = Key(key), let place = places[key] else { return nil }
            return values[place]
        }

        public func makeIterator() -> some IteratorProtocol<(Entry, Value)> { zip(keys, values).makeIterator() }
    }

    static func same(_ left: String, _ right: String) -> Bool { left == right && left.utf8.elementsEqual(right.utf8) }
}
