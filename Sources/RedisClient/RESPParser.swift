import NIOCore

/// Reads RESP2 and RESP3 from a stream that arrives in pieces.
///
/// Aggregates under construction are kept on a stack, so that a large reply arriving in many reads is read once, not once a read.
struct RESPParser {
    private struct Frame {
        var kind: Kind
        var remaining: Int
        var items: [RedisValue] = []
    }

    private enum Kind { case array, set, push, map, attribute }

    private enum Step {
        case value(RedisValue)
        case opened(Frame)
        case incomplete
    }

    /// What a server may announce at most; more is a broken stream, not a reply.
    private static let maximumLength = 512 * 1024 * 1024
    private static let maximumDepth = 64

    private var stack: [Frame] = []

    /// The next complete reply, or nil when more bytes are needed.
    mutating func next(_ buffer: inout ByteBuffer) throws(RedisError) -> RedisValue? {
        while true {
            switch try step(&buffer) {
            case .incomplete:
                return nil
            case .opened(let frame):
                guard stack.count < Self.maximumDepth else { throw Self.broken("a reply nested too deeply") }
                if frame.remaining > 0 {
                    stack.append(frame)
                } else if let value = close(Self.finish(frame)) {
                    return value
                }
            case .value(let value):
                if let value = close(value) { return value }
            }
        }
    }

    /// Puts a finished value into the aggregate it belongs to; what completes the outermost one is the reply.
    private mutating func close(_ value: RedisValue?) -> RedisValue? {
        var value = value
        while let finished = value {
            guard var frame = stack.popLast() else { return finished }
            frame.items.append(finished)
            frame.remaining -= 1
            if frame.remaining > 0 {
                stack.append(frame)
                return nil
            }
            value = Self.finish(frame)
        }
        return nil
    }

    /// Nil for an attribute: it describes the value that follows and is skipped.
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
        let start = buffer.readerIndex
        guard let marker: UInt8 = buffer.readInteger(), let line = Self.readLine(&buffer) else {
            buffer.moveReaderIndex(to: start)
            return .incomplete
        }
        switch marker {
        case UInt8(ascii: "+"): return .value(.simpleString(String(buffer: line)))
        case UInt8(ascii: "-"): return .value(.error(RedisServerError(message: String(buffer: line))))
        case UInt8(ascii: ":"): return .value(.integer(try Self.integer(line)))
        case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"):
            let length = try Self.length(line)
            if length < 0 { return .value(.null) }
            guard buffer.readableBytes >= length + 2, let bytes = buffer.readBytes(length: length) else {
                buffer.moveReaderIndex(to: start)
                return .incomplete
            }
            buffer.moveReaderIndex(forwardBy: 2)
            switch marker {
            case UInt8(ascii: "!"): return .value(.error(RedisServerError(message: String(decoding: bytes, as: UTF8.self))))
            case UInt8(ascii: "="): return .value(.bulkString(Array(bytes.dropFirst(4))))
            default: return .value(.bulkString(bytes))
            }
        case UInt8(ascii: "*"):
            let count = try Self.length(line)
            return count < 0 ? .value(.null) : .opened(Frame(kind: .array, remaining: count))
        case UInt8(ascii: "~"): return .opened(Frame(kind: .set, remaining: try Self.length(line)))
        case UInt8(ascii: ">"): return .opened(Frame(kind: .push, remaining: try Self.length(line)))
        case UInt8(ascii: "%"): return .opened(Frame(kind: .map, remaining: try Self.length(line) * 2))
        case UInt8(ascii: "|"): return .opened(Frame(kind: .attribute, remaining: try Self.length(line) * 2))
        case UInt8(ascii: "_"): return .value(.null)
        case UInt8(ascii: "#"): return .value(.boolean(line.readableBytesView.first == UInt8(ascii: "t")))
        case UInt8(ascii: ","):
            guard let number = Double(String(buffer: line)) else { throw Self.broken("a number that is none") }
            return .value(.double(number))
        case UInt8(ascii: "("): return .value(.bulkString(Array(line.readableBytesView)))
        default: throw Self.broken("an unknown reply type")
        }
    }

    private static func readLine(_ buffer: inout ByteBuffer) -> ByteBuffer? {
        guard let end = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\r")), end + 1 < buffer.writerIndex else { return nil }
        let line = buffer.readSlice(length: end - buffer.readerIndex)
        buffer.moveReaderIndex(forwardBy: 2)
        return line
    }

    private static func integer(_ line: ByteBuffer) throws(RedisError) -> Int64 {
        var magnitude: Int64 = 0
        var isNegative = false
        var digits = 0
        for byte in line.readableBytesView {
            switch byte {
            case UInt8(ascii: "-") where digits == 0: isNegative = true
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

    private static func length(_ line: ByteBuffer) throws(RedisError) -> Int {
        let length = try integer(line)
        guard length >= -1, length <= Int64(maximumLength) else { throw broken("a length out of range") }
        return Int(length)
    }

    private static func broken(_ what: String) -> RedisError {
        RedisError(.protocolError, "the server sent \(what); is this really a Redis server?")
    }
}
