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
        var position = 0
        let result = buffer.withUnsafeReadableBytes { bytes -> Result<RedisValue?, RedisError> in
            do throws(RedisError) {
                return .success(try next(bytes, &position))
            } catch {
                return .failure(error)
            }
        }
        buffer.moveReaderIndex(forwardBy: position)
        return try result.get()
    }

    private mutating func next(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) throws(RedisError) -> RedisValue? {
        while true {
            let start = position
            let step = try step(bytes, &position)
            heldBytes += position - start
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

    /// The next value or opening from `position` on, which moves behind it.
    private func step(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) throws(RedisError) -> Step {
        guard position < bytes.count else { return .incomplete }
        let marker = bytes[position]
        guard Self.markers[Int(marker)] else { throw Self.broken("an unknown reply type") }
        guard let line = try line(bytes, from: position + 1) else { return .incomplete }
        let end = line.endIndex + 2
        let step: Step
        switch marker {
        case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"):
            let length = try length(line, allowsNull: marker == UInt8(ascii: "$"))
            return try bulk(marker, length: length, bytes, from: end, &position)
        case UInt8(ascii: ":"): step = .value(.integer(try Self.integer(line)))
        case UInt8(ascii: "+"): step = .value(.simpleString(Self.isOK(line) ? "OK" : Self.text(line)))
        case UInt8(ascii: "-"): step = .value(.error(RedisServerError(message: Self.text(line))))
        case UInt8(ascii: "*"):
            let count = try length(line, allowsNull: true)
            step = count < 0 ? .value(.null) : .opened(.array, count)
        case UInt8(ascii: "~"): step = .opened(.set, try length(line))
        case UInt8(ascii: ">"): step = .opened(.push, try length(line))
        case UInt8(ascii: "%"): step = .opened(.map, try length(line) * 2)
        case UInt8(ascii: "|"): step = .opened(.attribute, try length(line) * 2)
        case UInt8(ascii: "_"):
            guard line.isEmpty else { throw Self.broken("a null that is none") }
            step = .value(.null)
        case UInt8(ascii: "#"): step = .value(.boolean(try Self.boolean(line)))
        case UInt8(ascii: ","):
            guard let number = Double(Self.text(line)) else { throw Self.broken("a number that is none") }
            step = .value(.double(number))
        default: step = .value(.bigNumber(try Self.bigNumber(line)))
        }
        position = end
        return step
    }

    /// A value announced by its length, whose bytes start at `start`.
    private func bulk(
        _ marker: UInt8, length: Int, _ bytes: UnsafeRawBufferPointer, from start: Int, _ position: inout Int
    ) throws(RedisError) -> Step {
        if length < 0 {
            position = start
            return .value(.null)
        }
        guard length <= limits.bytes - heldBytes else { throw Self.broken("a reply of too many bytes") }
        let end = start + length
        guard bytes.count >= end + 2 else { return .incomplete }
        guard bytes[end] == UInt8(ascii: "\r"), bytes[end + 1] == UInt8(ascii: "\n") else {
            throw Self.broken("a string without an end")
        }
        position = end + 2
        let content = bytes[start..<end]
        switch marker {
        case UInt8(ascii: "!"): return .value(.error(RedisServerError(message: Self.text(content))))
        case UInt8(ascii: "="):
            guard length >= 4, content[start + 3] == UInt8(ascii: ":") else { throw Self.broken("a verbatim string without a format") }
            return .value(.verbatimString(format: Self.text(content.prefix(3)), Array(content.dropFirst(4))))
        default: return .value(.bulkString(Array(content)))
        }
    }

    /// The line from `start` on, without its end, or nil when its end has not come yet.
    private func line(
        _ bytes: UnsafeRawBufferPointer, from start: Int
    ) throws(RedisError) -> Slice<UnsafeRawBufferPointer>? {
        let end = min(bytes.count, start + limits.line + 1)
        var position = start
        while position < end, bytes[position] != UInt8(ascii: "\r") { position += 1 }
        if position == end {
            if bytes.count > start + limits.line { throw Self.broken("a line without end") }
            return nil
        }
        guard position + 1 < bytes.count else { return nil }
        guard bytes[position + 1] == UInt8(ascii: "\n") else { throw Self.broken("half of a line's end") }
        return bytes[start..<position]
    }

    private static let markers: [Bool] = (0...255).map { "$=!:+-*~>%|_#,(".utf8.contains(UInt8($0)) }

    private static func text(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        String(decoding: UnsafeRawBufferPointer(rebasing: bytes), as: UTF8.self)
    }

    private static func isOK(_ line: Slice<UnsafeRawBufferPointer>) -> Bool {
        line.count == 2 && line[line.startIndex] == UInt8(ascii: "O") && line[line.startIndex + 1] == UInt8(ascii: "K")
    }

    private static func boolean(_ line: Slice<UnsafeRawBufferPointer>) throws(RedisError) -> Bool {
        switch text(line) {
        case "t": return true
        case "f": return false
        default: throw broken("a truth value that is none")
        }
    }

    private static func bigNumber(_ line: Slice<UnsafeRawBufferPointer>) throws(RedisError) -> String {
        let text = text(line)
        let digits = text.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
        guard !digits.isEmpty, text.utf8.count - digits.count <= 1, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw broken("a number that is none")
        }
        return text
    }

    private static func integer(_ line: Slice<UnsafeRawBufferPointer>) throws(RedisError) -> Int64 {
        var magnitude: Int64 = 0
        var position = line.startIndex
        guard position < line.endIndex else { throw broken("a number that is none") }
        let isNegative = line[position] == UInt8(ascii: "-")
        if isNegative || line[position] == UInt8(ascii: "+") { position += 1 }
        guard position < line.endIndex else { throw broken("a number that is none") }
        while position < line.endIndex {
            let digit = Int64(line[position]) - Int64(UInt8(ascii: "0"))
            guard (0...9).contains(digit) else { throw broken("a number that is none") }
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carry) = isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            if overflow || carry { throw broken("a number that is too large") }
            magnitude = sum
            position += 1
        }
        return magnitude
    }

    /// - Parameter allowsNull: RESP2 says null by a length of -1, of strings and arrays only.
    private func length(_ line: Slice<UnsafeRawBufferPointer>, allowsNull: Bool = false) throws(RedisError) -> Int {
        let length = try Self.integer(line)
        guard length >= (allowsNull ? -1 : 0), length <= Int64(limits.bytes) else { throw Self.broken("a length out of range") }
        return Int(length)
    }

    private static func broken(_ what: String) -> RedisError {
        RedisError(.protocolError, "the server sent \(what); is this really a Redis server?")
    }
}
