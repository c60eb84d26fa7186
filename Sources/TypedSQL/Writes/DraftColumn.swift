import PostgresClient

/// The values of one column, of rows not yet inserted.
@usableFromInline
class DraftColumn {
    @usableFromInline let name: String
    /// Rows in which the column takes its default.
    @usableFromInline var defaultRows: Set<Int> = []

    @usableFromInline
    init(name: String) { self.name = name }

    var defaults: Int { defaultRows.count }

    /// Whether all of them fit one array parameter.
    var fitsArray: Bool { false }

    func array() -> Node { preconditionFailure("abstract") }

    /// Nil for DEFAULT.
    func node(_ row: Int) -> Node? { preconditionFailure("abstract") }

    /// Of an array whose elements have a type of their own in each database: the elements' type, whose OID the binary form needs.
    var elementType: SQLType? { nil }

    /// The type of its values.
    var valueType: SQLType { preconditionFailure("abstract") }

    /// Appends the binary form with its length; a default is not possible here.
    func appendBinary(_ row: Int, form: CopyForm, to bytes: inout [UInt8]) throws(CopyTypeError) { preconditionFailure("abstract") }
}

/// Values of which some may be NULL, kept plain while none is.
@usableFromInline
struct DraftValues<Value: ColumnValue> {
    @usableFromInline var present: [Value] = []
    /// All of them, from the first NULL on.
    @usableFromInline var optional: [Value?] = []
    @usableFromInline var hasNull = false

    @inlinable
    init(capacity: Int) { present.reserveCapacity(capacity) }

    @inlinable
    mutating func append(_ value: Value) {
        if hasNull { optional.append(value) } else { present.append(value) }
    }

    @inlinable
    mutating func appendNull() {
        if !hasNull {
            optional.reserveCapacity(present.capacity)
            optional.append(contentsOf: present)
            present = []
            hasNull = true
        }
        optional.append(nil)
    }

    @usableFromInline var count: Int { hasNull ? optional.count : present.count }

    subscript(row: Int) -> Value? { hasNull ? optional[row] : present[row] }
}

@usableFromInline
final class TypedDraftColumn<Value: ColumnValue>: DraftColumn {
    // Reached through one writer, which is exclusive itself: checking that again for each value would cost as much as the append.
    @exclusivity(unchecked) @usableFromInline var values: DraftValues<Value>

    @inlinable
    init(name: String, capacity: Int) {
        values = DraftValues(capacity: capacity)
        super.init(name: name)
    }

    @inlinable
    func append(_ value: Value) { values.append(value) }

    @inlinable
    func append(orNull value: Value?) {
        if let value { values.append(value) } else { values.appendNull() }
    }

    @inlinable
    func appendDefault() {
        defaultRows.insert(values.count)
        values.appendNull()
    }

    override var fitsArray: Bool { Value.travelsInArrays }

    override func array() -> Node { values.hasNull ? .list(values.optional) : .list(values.present) }

    override func node(_ row: Int) -> Node? {
        if defaultRows.contains(row) { return nil }
        return Node(binding: values[row])
    }

    override var elementType: SQLType? {
        guard Value.postgresType == .inferred, Value.sqlType.isArray else { return nil }
        var type = Value.sqlType
        type.isArray = false
        return type
    }

    override var valueType: SQLType { Value.sqlType }

    override func appendBinary(_ row: Int, form: CopyForm, to bytes: inout [UInt8]) throws(CopyTypeError) {
        guard let value = values[row] else { return bytes.append(bigEndian: Int32(-1)) }
        let start = bytes.count
        bytes.append(bigEndian: Int32(0))
        if case .labels(let elementOID) = form, let labels = value as? [any PostgresEnum] {
            bytes.append(arrayOf: labels.map { $0.rawValue }, elementOID: elementOID)
        } else {
            value.encode(into: &bytes)
            try form.convert(&bytes, from: start + 4, column: name)
        }
        let length = UInt32(truncatingIfNeeded: bytes.count - start - 4)
        for offset in 0..<4 { bytes[start + offset] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * offset)) }
    }
}

extension [UInt8] {
    mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    fileprivate mutating func append(arrayOf texts: [String], elementOID: UInt32) {
        append(bigEndian: Int32(texts.isEmpty ? 0 : 1))  // dimensions
        append(bigEndian: Int32(0))  // no NULLs
        append(bigEndian: elementOID)
        guard !texts.isEmpty else { return }
        append(bigEndian: Int32(texts.count))
        append(bigEndian: Int32(1))  // lower bound
        for text in texts {
            append(bigEndian: Int32(text.utf8.count))
            append(contentsOf: text.utf8)
        }
    }
}
