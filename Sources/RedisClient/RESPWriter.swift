import NIOCore

/// Writes commands the way servers read them: arrays of bulk strings.
enum RESPWriter {
    static func write(_ name: String, _ arguments: [RedisArgument], to buffer: inout ByteBuffer) {
        writeHeader(UInt8(ascii: "*"), arguments.count + 1, to: &buffer)
        writeBulk(name, to: &buffer)
        for argument in arguments {
            switch argument.storage {
            case .text(let text): writeBulk(text, to: &buffer)
            case .bytes(let bytes):
                writeHeader(UInt8(ascii: "$"), bytes.count, to: &buffer)
                buffer.writeBytes(bytes)
                buffer.writeStaticString("\r\n")
            }
        }
    }

    private static func writeBulk(_ text: String, to buffer: inout ByteBuffer) {
        writeHeader(UInt8(ascii: "$"), text.utf8.count, to: &buffer)
        buffer.writeString(text)
        buffer.writeStaticString("\r\n")
    }

    /// `*3\r\n`, without making a string of the number.
    private static func writeHeader(_ marker: UInt8, _ count: Int, to buffer: inout ByteBuffer) {
        buffer.writeInteger(marker)
        var divisor = 1
        while count / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            buffer.writeInteger(UInt8(ascii: "0") + UInt8(count / divisor % 10))
            divisor /= 10
        }
        buffer.writeStaticString("\r\n")
    }

    /// Room for the whole command, so that the buffer is allocated once.
    static func size(_ name: String, _ arguments: [RedisArgument]) -> Int {
        arguments.reduce(name.utf8.count + 32) { total, argument in
            switch argument.storage {
            case .text(let text): total + text.utf8.count + 16
            case .bytes(let bytes): total + bytes.count + 16
            }
        }
    }
}
