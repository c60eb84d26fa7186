public import JSON

extension SchemaReader {
    /// A string.
    public mutating func string() throws(JSONError) -> String? {
        guard try json.nextToken() == UInt8(ascii: "\"") else {
            try refuseType("a string")
            return nil
        }
        try json.countValue()
        return try json.readString()
    }

    /// A whole number, however it is written: `100`, `1e2` and `100.0` are one.
    mutating func wholeNumber() throws(JSONError) -> Int128? {
        let literal: String
        switch try json.nextToken() {
        case UInt8(ascii: "-"), 48...57:
            try json.countValue()
            let range = try json.readNumber()
            if let value = json.integer(in: range) { return Int128(value) }
            literal = json.number(in: range).literal
        case UInt8(ascii: "\"") where coerces:
            try json.countValue()
            literal = try json.readString()
            guard Self.isInteger(literal) else {
                fail(.type, "Must be a whole number.", ["expected": "a whole number"])
                return nil
            }
        default:
            try refuseType("a whole number")
            return nil
        }
        switch ExactDecimal(literal: literal)?.wholeNumber {
        case .value(let value): return value
        case .tooLarge:
            fail(.range, "Is too large or too small.")
            return nil
        case nil:
            fail(.type, "Must be a whole number.", ["expected": "a whole number"])
            return nil
        }
    }

    /// The literal of a number.
    mutating func numberLiteral() throws(JSONError) -> String? {
        switch try json.nextToken() {
        case UInt8(ascii: "-"), 48...57:
            try json.countValue()
            return json.number(in: try json.readNumber()).literal
        case UInt8(ascii: "\"") where coerces:
            try json.countValue()
            let text = try json.readString()
            if ExactDecimal(literal: text) != nil { return text }
            fail(.type, "Must be a number.", ["expected": "a number"])
            return nil
        default:
            try refuseType("a number")
            return nil
        }
    }

    private static func isInteger(_ text: String) -> Bool {
        let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
        return !digits.isEmpty && digits.count <= 40 && digits.allSatisfy { (48...57).contains($0) }
    }
}

extension Bool: SchemaValue {
    public static func read(from reader: inout SchemaReader) throws(JSONError) -> Bool? {
        switch try reader.json.nextToken() {
        case UInt8(ascii: "t"), UInt8(ascii: "f"):
            try reader.json.countValue()
            return try reader.json.readBool()
        case UInt8(ascii: "\"") where reader.coerces:
            let text = try reader.string()
            if text == "true" { return true }
            if text == "false" { return false }
            reader.fail(.type, "Must be true or false.", ["expected": "true or false"])
            return nil
        default:
            try reader.refuseType("true or false")
            return nil
        }
    }

    public func write(to writer: inout JSONWriter) { writer.write(raw: self ? "true" : "false") }

    public static func schema(in catalog: inout SchemaCatalog) -> JSONObject { ["type": "boolean"] }
}

extension String: SchemaValue {
    public static func read(from reader: inout SchemaReader) throws(JSONError) -> String? { try reader.string() }

    public func write(to writer: inout JSONWriter) { writer.write(string: self) }

    public static func schema(in catalog: inout SchemaCatalog) -> JSONObject { ["type": "string"] }
}

extension Double: SchemaValue {
    public static func read(from reader: inout SchemaReader) throws(JSONError) -> Double? {
        guard let literal = try reader.numberLiteral() else { return nil }
        guard let value = Double(literal), value.isFinite else {
            reader.fail(.range, "Is too large or too small.")
            return nil
        }
        return value
    }

    /// NaN and infinities, which JSON cannot write, are null.
    public func write(to writer: inout JSONWriter) { writer.write(.number(self)) }

    public static func schema(in catalog: inout SchemaCatalog) -> JSONObject { ["type": "number", "format": "double"] }
}
