import NIOCore

/// Writes commands the way servers read them: arrays of bulk strings.
struct RESPWriter {
    private let memory: UnsafeMutableRawBufferPointer
    private var count = 0

    private init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

    /// - Parameter size: at least ``size(_:)``.
    static func write(_ command: RedisCommand, to buffer: inout ByteBuffer, size: Int) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { memory in
            var writer = RESPWriter(memory)
            writer.write(command)
            return writer.count
        }
    }

    /// - Parameter size: at least the ``size(_:)`` of all together.
    static func write(_ commands: [RedisCommand], to buffer: inout ByteBuffer, size: Int) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { memory in
            var writer = RESPWriter(memory)
            for command in commands { writer.write(command) }
            return writer.count
        }
    }

    /// Room for the whole command, so that the buffer grows once: its bytes, and at most 15 for each length of up to eleven digits.
    static func size(_ command: RedisCommand) -> Int {
        command.arguments.reduce(command.name.utf8.count + 32) { total, argument in
            switch argument.storage {
            case .text(let text): total + text.utf8.count + 16
            case .bytes(let bytes): total + bytes.count + 16
            }
        }
    }

    private mutating func write(_ command: RedisCommand) {
        writeHeader(UInt8(ascii: "*"), command.arguments.count + 1)
        writeBulk(command.name)
        for argument in command.arguments {
            switch argument.storage {
            case .text(let text): writeBulk(text)
            case .bytes(let bytes): bytes.withUnsafeBytes { writeBulk($0) }
            }
        }
    }

    private mutating func writeBulk(_ text: String) {
        var text = text
        text.withUTF8 { writeBulk(UnsafeRawBufferPointer($0)) }
    }

    private mutating func writeBulk(_ bytes: UnsafeRawBufferPointer) {
        writeHeader(UInt8(ascii: "$"), bytes.count)
        precondition(memory.count - count >= bytes.count + 2, "a command is longer than was reckoned")
        UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: bytes)
        count += bytes.count
        writeLineEnd()
    }

    /// `*3\r\n`, without making a string of the number.
    private mutating func writeHeader(_ marker: UInt8, _ number: Int) {
        precondition(memory.count - count >= 14 && number < 100_000_000_000, "a command is longer than was reckoned")
        put(marker)
        var divisor = 1
        if number >= 10 {
            while number / divisor >= 10 { divisor *= 10 }
            while divisor > 1 {
                put(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
                divisor /= 10
            }
        }
        put(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
        writeLineEnd()
    }

    private mutating func writeLineEnd() {
        put(UInt8(ascii: "\r"))
        put(UInt8(ascii: "\n"))
    }

    private mutating func put(_ byte: UInt8) {
        memory[count] = byte
        count += 1
    }
}
