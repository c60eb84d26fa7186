import NIOCore

/// Reads RESP2 and RESP3 from a stream that arrives in pieces.
///
/// Aggregates under construction are kept on a stack, so that a large reply arriving in many reads is read once, not once a read.
/// Whatever a server sends, at most ``RESPLimits`` of it is held.
struct RESPParser {
    private struct Frame {
        var kind: Kind
        var remaining: Int
        var items: [RedisValue] = []
    }

    private enum Kind { case array, set, push, map, attribute }

    private enum Step {
        case value(RedisValue)
        case opened(Kind, Int)
        case incomplete
    }

    /// A line without its end: where it starts in the buffer, and how long it is.
    private struct Line {
        let start: Int
        let length: Int
    }

    private let limits: RESPLimits
    private var stack: [Frame] = []
    /// What the reply under construction consists of so far.
    private(set) var heldValues = 0
    private(set) var heldBytes = 0

    init(limits: RESPLimits = .standard) {
        self.limits = limits
    }

    /// The next complete reply, or nil when more bytes are needed. After an error the stream is lost.
    mutating func next(_ buffer: inout ByteBuffer) throws(RedisError) -> RedisValue? {
        while true {
            let start = buffer.readerIndex
            let step = try step(&buffer)
            heldBytes += buffer.readerIndex - start
            switch step {
            case .incomplete:
                return nil
            case .opened(let kind, let count):
                // An attribute is dropped in the end, but its parts are held until then.
                try hold(1)
                guard stack.count < limits.depth else { throw Self.broken("a reply nested too deeply") }
                guard count <= limits.values - heldValues else { throw Self.broken("a reply of too many values") }
                let frame = Frame(kind: kind, remaining: count)
                if count > 0 {
                    stack.append(frame)
                } else if let value = close(Self.finish(frame)) {
                    return value
                }
            case .value(let value):
                try hold(1)
                if let value = close(value) { return value }
            }
        }
    }

    private mutating func hold(_ values: Int) throws(RedisError) {
        heldValues += values
        if heldValues > limits.values { throw Self.broken("a reply of too many values") }
        if heldBytes > limits.bytes { throw Self.broken("a reply of too many bytes") }
    }

    /// Puts a finished value into the aggregate it belongs to; what completes the outermost one is the reply.
    private mutating func close(_ value: RedisValue?) -> RedisValue? {
        var value = value
        while let finished = value {
            guard !stack.isEmpty else {
                (heldValues, heldBytes) = (0, 0)
                return finished
            }
            // In place: taking the frame out and putting it back would copy its items.
            let top = stack.endIndex - 1
            stack[top].items.append(finished)
            stack[top].remaining -= 1
            if stack[top].remaining > 0 { return nil }
            value = Self.finish(stack.removeLast())
        }
        if stack.isEmpty { (heldValues, heldBytes) = (0, 0) }
        return nil
    }

    /// Nil for an attribute: it describes the value that follows, and is dropped.
    private static func finish(_ frame: Frame) -> RedisValue? {
        switch frame.kind {
        case .array: .array(frame.items)
        case .set: .set(frame.items)
        case .push: .push(frame.items)
        case .attribute: nil
        case .map:
            .map(stride(from: 0, to: frame.items.count - 1, by: 2).map { RedisMapEntry(key: frame.items[$0], value: frame.items[$0 + 1]) })
        }
    }

    private func step(_ buffer: inout ByteBuffer) throws(RedisError) -> Step {
        guard let marker: UInt8 = buffer.getInteger(at: buffer.readerIndex) else { return .incomplete }
        guard Self.markers[Int(marker)] else { throw Self.broken("an unknown reply type") }
        guard let line = try line(in: buffer) else { return .incomplete }
        let end = line.start + line.length + 2
        let step: Step
        switch marker {
        case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"):
            return try bulk(marker, length: try length(line, buffer, allowsNull: marker == UInt8(ascii: "$")), from: end, &buffer)
        case UInt8(ascii: ":"): step = .value(.integer(try Self.integer(line, buffer)))
        case UInt8(ascii: "+"): step = .value(.simpleString(Self.text(line, buffer)))
        case UInt8(ascii: "-"): step = .value(.error(RedisServerError(message: Self.text(line, buffer))))
        case UInt8(ascii: "*"):
            let count = try length(line, buffer, allowsNull: true)
            step = count < 0 ? .value(.null) : .opened(.array, count)
        case UInt8(ascii: "~"): step = .opened(.set, try length(line, buffer))
        case UInt8(ascii: ">"): step = .opened(.push, try length(line, buffer))
        case UInt8(ascii: "%"): step = .opened(.map, try length(line, buffer) * 2)
        case UInt8(ascii: "|"): step = .opened(.attribute, try length(line, buffer) * 2)
        case UInt8(ascii: "_"):
            guard line.length == 0 else { throw Self.broken("a null that is none") }
            step = .value(.null)
        case UInt8(ascii: "#"): step = .value(.boolean(try Self.boolean(line, buffer)))
        case UInt8(ascii: ","):
            guard let number = Double(Self.text(line, buffer)) else { throw Self.broken("a number that is none") }
            step = .value(.double(number))
        default: step = .value(.bigNumber(try Self.bigNumber(line, buffer)))
        }
        buffer.moveReaderIndex(to: end)
        return step
    }

    /// A value announced by its length, whose bytes start at `start`.
    private func bulk(_ marker: UInt8, length: Int, from start: Int, _ buffer: inout ByteBuffer) throws(RedisError) -> Step {
        if length < 0 {
            buffer.moveReaderIndex(to: start)
            return .value(.null)
        }
        guard length <= limits.bytes - heldBytes else { throw Self.broken("a reply of too many bytes") }
        guard buffer.writerIndex - start >= length + 2, let bytes = buffer.getBytes(at: start, length: length) else { return .incomplete }
        guard buffer.getInteger(at: start + length, as: UInt16.self) == 0x0D0A else { throw Self.broken("a string without an end") }
        buffer.moveReaderIndex(to: start + length + 2)
        switch marker {
        case UInt8(ascii: "!"): return .value(.error(RedisServerError(message: String(decoding: bytes, as: UTF8.self))))
        case UInt8(ascii: "="):
            guard length >= 4, bytes[3] == UInt8(ascii: ":") else { throw Self.broken("a verbatim string without a format") }
            return .value(.verbatimString(format: String(decoding: bytes[..<3], as: UTF8.self), Array(bytes[4...])))
        default: return .value(.bulkString(bytes))
        }
    }

    /// The line after the marker, or nil when its end has not come yet.
    private func line(in buffer: ByteBuffer) throws(RedisError) -> Line? {
        let limit = limits.line
        // The length of the line; -1 when its end has not come, -2 when it is too long, -3 when it ends wrongly.
        let length = buffer.withUnsafeReadableBytes { bytes in
            var position = 1
            let end = min(bytes.count, limit + 2)
            while position < end, bytes[position] != UInt8(ascii: "\r") { position += 1 }
            if position == end { return bytes.count > limit + 1 ? -2 : -1 }
            guard position + 1 < bytes.count else { return -1 }
            return bytes[position + 1] == UInt8(ascii: "\n") ? position - 1 : -3
        }
        switch length {
        case -1: return nil
        case -2: throw Self.broken("a line without end")
        case -3: throw Self.broken("half of a line's end")
        default: return Line(start: buffer.readerIndex + 1, length: length)
        }
    }

    private static let markers: [Bool] = (0...255).map { "$=!:+-*~>%|_#,(".utf8.contains(UInt8($0)) }

    private static func text(_ line: Line, _ buffer: ByteBuffer) -> String {
        buffer.getString(at: line.start, length: line.length) ?? ""
    }

    private static func boolean(_ line: Line, _ buffer: ByteBuffer) throws(RedisError) -> Bool {
        switch text(line, buffer) {
        case "t": return true
        case "f": return false
        default: throw broken("a truth value that is none")
        }
    }

    private static func bigNumber(_ line: Line, _ buffer: ByteBuffer) throws(RedisError) -> String {
        let text = text(line, buffer)
        let digits = text.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
        guard !digits.isEmpty, text.utf8.count - digits.count <= 1, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw broken("a number that is none")
        }
        return text
    }

    private static func integer(_ line: Line, _ buffer: ByteBuffer) throws(RedisError) -> Int64 {
        guard let bytes = buffer.viewBytes(at: line.start, length: line.length) else { throw broken("a number that is none") }
        var magnitude: Int64 = 0
        var isNegative = false
        var digits = 0
        for (position, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "-") where position == 0: isNegative = true
            case UInt8(ascii: "+") where position == 0: break
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
                let digit = Int64(byte - UInt8(ascii: "0"))
                let (sum, carry) = isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
                if overflow || carry { throw broken("a number that is too large") }
                magnitude = sum
                digits += 1
            default: throw broken("a number that is none")
            }
        }
        guard digits > 0 else { throw broken("a number that is none") }
        return magnitude
    }

    /// - Parameter allowsNull: RESP2 says null by a length of -1, of strings and arrays only.
    private func length(_ line: Line, _ buffer: ByteBuffer, allowsNull: Bool = false) throws(RedisError) -> Int {
        let length = try Self.integer(line, buffer)
        guard length >= (allowsNull ? -1 : 0), length <= Int64(limits.bytes) else { throw Self.broken("a length out of range") }
        return Int(length)
    }

    private static func broken(_ what: String) -> RedisError {
        RedisError(.protocolError, "the server sent \(what); is this really a Redis server?")
    }
}
