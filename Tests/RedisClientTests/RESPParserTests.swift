import NIOCore
import Testing

@testable import RedisClient

@Suite struct RESPParserTests {
    static let samples: [(String, RedisValue)] = [
        ("+OK\r\n", .simpleString("OK")),
        ("-WRONGTYPE no\r\n", .error(RedisServerError(message: "WRONGTYPE no"))),
        (":-9223372036854775808\r\n", .integer(.min)),
        ("$5\r\na\r\nb!\r\n", .bulkString(Array("a\r\nb!".utf8))),
        ("$0\r\n\r\n", .bulkString([])),
        ("$-1\r\n", .null), ("*-1\r\n", .null), ("_\r\n", .null),
        ("*0\r\n", .array([])),
        ("*3\r\n:1\r\n*1\r\n$1\r\nx\r\n*0\r\n", .array([.integer(1), .array([.bulkString([120])]), .array([])])),
        ("%1\r\n+a\r\n#t\r\n", .map([RedisMapEntry(key: .simpleString("a"), value: .boolean(true))])),
        (",1.5\r\n", .double(1.5)), ("~1\r\n:1\r\n", .set([.integer(1)])),
        ("(123456789012345678901234567890\r\n", .bigNumber("123456789012345678901234567890")),
        ("=7\r\ntxt:a\r\n\r\n", .verbatimString(format: "txt", Array("a\r\n".utf8))),
        ("!5\r\nERR x\r\n", .error(RedisServerError(message: "ERR x"))),
        (",inf\r\n", .double(.infinity)), (",-1e3\r\n", .double(-1000)),
        (">2\r\n+message\r\n+x\r\n", .push([.simpleString("message"), .simpleString("x")])),
        ("*2\r\n:1\r\n|1\r\n+ttl\r\n:1\r\n:2\r\n", .array([.integer(1), .integer(2)])),
        ("|1\r\n+ttl\r\n:1\r\n+after\r\n", .simpleString("after")),
    ]

    @Test("Parses whole replies", arguments: samples.indices) func readsWhole(_ index: Int) throws {
        var parser = RESPParser()
        var buffer = ByteBuffer(string: Self.samples[index].0)
        #expect(try parser.next(&buffer) == Self.samples[index].1)
        #expect(buffer.readableBytes == 0)
        #expect(try parser.next(&buffer) == nil)
    }

    @Test("Parses replies byte by byte") func readsByteByByte() throws {
        var parser = RESPParser()
        var buffer = ByteBuffer()
        var values: [RedisValue] = []
        for byte in Self.samples.map(\.0).joined().utf8 {
            buffer.writeInteger(byte)
            while let value = try parser.next(&buffer) { values.append(value) }
        }
        #expect(values == Self.samples.map(\.1))
    }

    @Test(arguments: [
        "HTTP/1.1 400\r\n", ":12a\r\n", "$99999999999\r\n", ":99999999999999999999\r\n", "*-2\r\n", "%-1\r\n", "#x\r\n", "(1a\r\n",
        "=2\r\nab\r\n", "+a\rb", "$1\r\nabc",
    ])
    func refusesNonsense(_ text: String) {
        var parser = RESPParser()
        var buffer = ByteBuffer(string: text)
        #expect(throws: RedisError.self) { try parser.next(&buffer) }
    }

    @Test("Encodes commands") func writesCommands() {
        var buffer = ByteBuffer()
        let command = RedisCommand("SET", "é", 12, RedisArgument([0, 13]))
        RESPWriter.write(command, to: &buffer, size: RESPWriter.size(command))
        #expect(buffer == ByteBuffer(string: "*4\r\n$3\r\nSET\r\n$2\r\né\r\n$2\r\n12\r\n$2\r\n\0\r\r\n"))
    }

    /// The room reckoned for a command is enough, whatever its size.
    @Test("Computes the encoded size", arguments: [0, 1, 9, 10, 99, 100, 12_345, 1_000_000]) func reckonsRoom(_ length: Int) throws {
        let bytes = [UInt8](repeating: 7, count: length)
        let arguments = [RedisArgument(bytes), RedisArgument(String(repeating: "a", count: length))]
        for command in [
            RedisCommand("X"), RedisCommand("SET", arguments: arguments),
            RedisCommand("DEL", arguments: [RedisArgument](repeating: "", count: length)),
        ] {
            var buffer = ByteBuffer()
            RESPWriter.write([command, command], to: &buffer, size: 2 * RESPWriter.size(command))
            #expect(buffer.readableBytes <= 2 * RESPWriter.size(command))
            var parser = RESPParser()
            for _ in 0..<2 {
                let items = try parser.next(&buffer)?.array
                #expect(items?.map(\.bytes?.count) == [command.name.utf8.count] + command.arguments.map(\.length))
            }
            #expect(buffer.readableBytes == 0)
        }
    }

    @Test("Hashes scripts with SHA-1") func hashesScripts() {
        #expect(SHA1.hex("") == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
        #expect(SHA1.hex(String(repeating: "a", count: 1000)) == "291e9a6c66994949b57ba5e650361e98fc36b1ba")
    }
}

extension RedisArgument {
    fileprivate var length: Int {
        switch storage {
        case .text(let text): text.utf8.count
        case .bytes(let bytes): bytes.count
        }
    }
}
