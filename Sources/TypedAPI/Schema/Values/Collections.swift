public import JSON

extension Optional: SchemaValue where Wrapped: SchemaValue {
    public static func read(from reader: inout SchemaReader) throws(JSONError) -> Wrapped?? { try reader.optional() }

    public func write(to writer: inout JSONWriter) {
        if let self { self.write(to: &writer) } else { writer.write(raw: "null") }
    }

    public static func schema(in catalog: inout SchemaCatalog) -> JSONObject { Wrapped.schema(in: &catalog).orNull }
}

extension Array: SchemaValue where Element: SchemaValue {
    @inlinable public static func read(from reader: inout SchemaReader) throws(JSONError) -> [Element]? {
        switch try reader.beginArray() {
        case .refused: return nil
        case .single: return try Element.read(from: &reader).map { [$0] }
        case .empty: return []
        case .elements: break
        }
        let start = reader.failures
        var elements: [Element] = []
        var index = 0
        repeat {
            let mark = reader.mark
            if let element = try Element.read(from: &reader) { elements.append(element) }
            if reader.failures != mark.failures { reader.prefixIssues(since: mark, with: "/\(index)") }
            index += 1
        } while try reader.json.nextElement(closing: 0x5D)  // ]
        return reader.failures == start ? elements : nil
    }

    @inlinable public func write(to writer: inout JSONWriter) {
        writer.write(raw: "[")
        var isFirst = true
        for element in self {
            if !isFirst { writer.write(raw: ",") }
            isFirst = false
            element.write(to: &writer)
        }
        writer.write(raw: "]")
    }

    public static func schema(in catalog: inout SchemaCatalog) -> JSONObject {
        ["type": "array", "items": .object(Element.schema(in: &catalog))]
    }
}

extension SchemaReader {
    @usableFromInline enum ArrayStart {
        case refused, empty, elements
        /// A parameter given once: a list of one.
        case single
    }

    @usableFromInline mutating func beginArray() throws(JSONError) -> ArrayStart {
        let first = try json.nextToken()
        guard first == UInt8(ascii: "[") else {
            if coerces, first == UInt8(ascii: "\"") { return .single }
            try refuseType("a list")
            return .refused
        }
        try json.countValue()
        return try json.enter(closing: UInt8(ascii: "]")) ? .elements : .empty
    }
}

extension Dictionary: SchemaValue where Key == String, Value: SchemaValue {
    public static func read(from reader: inout SchemaReader) throws(JSONError) -> [String: Value]? {
        let start = reader.failures
        var members: [String: Value] = [:]
        let isComplete = try reader.object(FieldTable([], required: 0), unknown: .keep) { (_, reader) throws(JSONError) in
            let name = reader.unknownName  // what is read below changes it
            members[name] = try Value.read(from: &reader)
        }
        return isComplete && reader.failures == start ? members : nil
    }

    /// In the order of the names, so that equal values are equal bytes.
    public func write(to writer: inout JSONWriter) {
        writer.write(raw: "{")
        writeMembers(to: &writer)
        writer.write(raw: "}")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        for (name, value) in sorted(by: { $0.key < $1.key }) {
            writer.separate()
            writer.write(string: name)
            writer.write(raw: ":")
            value.write(to: &writer)
        }
    }

    public static func schema(in catalog: inout SchemaCatalog) -> JSONObject {
        ["type": "object", "additionalProperties": .object(Value.schema(in: &catalog))]
    }
}

/// A value behind a pointer, for a type that contains itself: `var parent: Indirect<Folder>?`.
public indirect enum Indirect<Value> {
    case value(Value)

    public init(_ value: Value) { self = .value(value) }

    public var value: Value {
        switch self {
        case .value(let value): value
        }
    }
}

extension Indirect: SchemaValue where Value: SchemaValue {
    public static func read(from reader: inout SchemaReader) throws(JSONError) -> Indirect? {
        try Value.read(from: &reader).map(Indirect.value)
    }

    public func write(to writer: inout JSONWriter) { value.write(to: &writer) }

    public static func schema(in catalog: inout SchemaCatalog) -> JSONObject { Value.schema(in: &catalog) }
}

extension Indirect: Sendable where Value: Sendable {}
extension Indirect: Equatable where Value: Equatable {}
extension Indirect: Hashable where Value: Hashable {}
