/// A strict RFC 8259 reader over bytes in memory: no comments, no trailing commas, no duplicate names, no lone surrogates, UTF-8 checked.
///
/// It reads tokens where the caller expects them, so that a type can be read without anything built in between. Lent by
/// ``withBytes(_:limits:_:)``, outside of which it must not be used.
public struct JSONReader {
    // Unchecked: each access is guarded by `end` where it happens, once for eight bytes where that can be.
    @usableFromInline let base: UnsafePointer<UInt8>
    @usableFromInline let end: Int
    public let limits: JSONLimits
    /// Bytes from the start of the text to the next one to read.
    public internal(set) var offset = 0
    var depth = 0
    var valuesRead = 0

    @usableFromInline init(_ bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits) throws(JSONError) {
        // An empty buffer may have no address; nothing is read from it either way.
        base = bytes.baseAddress ?? UnsafePointer(bitPattern: 1).unsafelyUnwrapped
        end = bytes.count
        self.limits = limits
        guard bytes.count <= limits.size else { throw JSONError(code: .tooLarge, offset: limits.size) }
    }

    /// Lends a reader over `bytes` without copying them when they are contiguous.
    @inlinable public static func withBytes<R>(
        _ bytes: some Collection<UInt8>, limits: JSONLimits = .default, _ body: (inout JSONReader) throws(JSONError) -> R
    ) throws(JSONError) -> R {
        func read(_ buffer: UnsafeBufferPointer<UInt8>) -> Result<R, JSONError> {
            do throws(JSONError) {
                var reader = try JSONReader(buffer, limits: limits)
                return .success(try body(&reader))
            } catch {
                return .failure(error)
            }
        }
        let result = bytes.withContiguousStorageIfAvailable(read) ?? Array(bytes).withUnsafeBufferPointer(read)
        return try result.get()
    }

    /// The bytes of a range that was read.
    func slice(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: base + range.lowerBound, count: range.count)
    }

    /// A copy of the bytes of a range that was read.
    public func bytes(in range: Range<Int>) -> [UInt8] { Array(slice(range)) }

    // MARK: - White space and punctuation

    /// Moves past white space to the next byte and returns it without consuming it.
    @inline(__always)
    public mutating func nextToken() throws(JSONError) -> UInt8 {
        if offset < end, base[offset] > 0x20 { return base[offset] }
        return try nextTokenAfterSpace()
    }

    private mutating func nextTokenAfterSpace() throws(JSONError) -> UInt8 {
        while offset < end {
            let byte = base[offset]
            switch byte {
            case 0x20, 0x0A, 0x0D, 0x09: offset += 1
            default: return byte
            }
        }
        throw JSONError(code: .unexpectedEnd, offset: end)
    }

    /// Throws unless only white space is left.
    public mutating func expectEnd() throws(JSONError) {
        while offset < end {
            switch base[offset] {
            case 0x20, 0x0A, 0x0D, 0x09: offset += 1
            default: throw JSONError(code: .trailingContent, offset: offset)
            }
        }
    }

    /// Enters an array or object at its opening bracket; false when it is empty, and then left already.
    public mutating func enter(closing: UInt8) throws(JSONError) -> Bool {
        guard depth < limits.depth else { throw JSONError(code: .tooDeep, offset: offset) }
        offset += 1
        guard try nextToken() != closing else {
            offset += 1
            return false
        }
        depth += 1
        return true
    }

    /// Consumes a comma (true), or the closing bracket, which leaves the array or object (false).
    public mutating func nextElement(closing: UInt8) throws(JSONError) -> Bool {
        let byte = try nextToken()
        offset += 1
        if byte == UInt8(ascii: ",") { return true }
        guard byte == closing else { throw JSONError(code: .unexpectedCharacter, offset: offset - 1) }
        depth -= 1
        return false
    }

    public mutating func expectColon() throws(JSONError) {
        guard try nextToken() == UInt8(ascii: ":") else { throw JSONError(code: .unexpectedCharacter, offset: offset) }
        offset += 1
    }

    // MARK: - Scalars

    /// Counts one value towards the limit; who reads a value calls it once.
    @inline(__always)
    public mutating func countValue() throws(JSONError) {
        valuesRead += 1
        guard valuesRead <= limits.values else { throw JSONError(code: .tooManyMembers, offset: offset) }
    }

    /// Consumes `null`, which must be next when its first letter is.
    public mutating func readNull() throws(JSONError) { try readWord("null") }

    /// Reads `true` or `false`, one of whose first letters is next.
    public mutating func readBool() throws(JSONError) -> Bool {
        let isTrue = base[offset] == UInt8(ascii: "t")
        try readWord(isTrue ? "true" : "false")
        return isTrue
    }

    private mutating func readWord(_ word: StaticString) throws(JSONError) {
        for index in 0..<word.utf8CodeUnitCount {
            guard offset + index < end else { throw JSONError(code: .unexpectedEnd, offset: end) }
            guard base[offset + index] == word.utf8Start[index] else {
                throw JSONError(code: .unexpectedCharacter, offset: offset + index)
            }
        }
        offset += word.utf8CodeUnitCount
    }

    /// Checks the number that begins here; the range of its literal.
    public mutating func readNumber() throws(JSONError) -> Range<Int> {
        let start = offset
        if base[offset] == UInt8(ascii: "-") { offset += 1 }
        let leading = offset
        guard skipDigits() > 0 else { throw JSONError(code: .invalidNumber, offset: start) }
        if base[leading] == UInt8(ascii: "0"), offset - leading > 1 { throw JSONError(code: .invalidNumber, offset: start) }
        if offset < end, base[offset] == UInt8(ascii: ".") {
            offset += 1
            guard skipDigits() > 0 else { throw JSONError(code: .invalidNumber, offset: start) }
        }
        if offset < end, base[offset] | 32 == UInt8(ascii: "e") {
            offset += 1
            if offset < end, base[offset] == UInt8(ascii: "+") || base[offset] == UInt8(ascii: "-") { offset += 1 }
            guard skipDigits() > 0 else { throw JSONError(code: .invalidNumber, offset: start) }
        }
        return start..<offset
    }

    /// The literal of a number that was read.
    public func number(in range: Range<Int>) -> JSONNumber {
        JSONNumber(validated: String(decoding: slice(range), as: UTF8.self))
    }

    /// The value of a number that was read, when its literal is an integer without fraction or exponent, and fits.
    public func integer(in range: Range<Int>) -> Int64? {
        var index = range.lowerBound
        let isNegative = base[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        var value: Int64 = 0
        while index < range.upperBound {
            let digit = Int64(base[index]) - 48
            guard digit >= 0, digit <= 9 else { return nil }
            // Negative all along, so that the least value fits too.
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (difference, overflow) = product.subtractingReportingOverflow(digit)
            guard !tooLarge, !overflow else { return nil }
            value = difference
            index += 1
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    private mutating func skipDigits() -> Int {
        let start = offset
        while offset < end, base[offset] &- 48 <= 9 { offset += 1 }
        return offset - start
    }
}
