import NIOCore
import TestServices
import Testing

@testable import RedisClient

/// Hostile bytes. What must hold for each input, however it is cut into reads: no crash, the same values and the same end as in one
/// piece, and never more held than the limits allow.
@Suite(.timeLimit(.minutes(10))) struct RESPFuzzTests {
    /// Small, so that hostile input reaches them.
    static let limits = RESPLimits(bytes: 512, values: 64, depth: 8, line: 64)

    /// What came out of an input.
    struct Reading: Equatable {
        var values: [RedisValue] = []
        var failure: String?
        var unread = 0
        /// The most that was held: bytes of the buffer between two reads, and values of one unfinished reply.
        var heldBytes = 0
        var heldValues = 0

        /// How the input was cut shows only in what was held meanwhile.
        static func == (left: Self, right: Self) -> Bool {
            left.failure == right.failure && left.values.count == right.values.count && zip(left.values, right.values).allSatisfy(same)
        }

        /// `nan` is not itself, so values that differ by `==` are compared by their text.
        private static func same(_ left: RedisValue, _ right: RedisValue) -> Bool { left == right || "\(left)" == "\(right)" }
    }

    /// The decoder under test: sound, or with a defect that the fuzzer has to find.
    enum Subject: CaseIterable {
        case sound
        /// Forgets which aggregates are open at the end of each read.
        case forgetsItsStack
        /// Believes any length and any depth.
        case knowsNoLimits
        /// Takes a carriage return for a line's end although the newline has not come.
        case cutsLinesShort
    }

    static func read(_ input: [UInt8], cuts: (Int) -> Int, _ subject: Subject) -> Reading {
        let limits = subject == .knowsNoLimits ? RESPLimits(bytes: 1 << 30, values: 1 << 24, depth: 64, line: 1 << 20) : limits
        var parser = RESPParser(limits: limits)
        var reading = Reading()
        var buffer = ByteBuffer()
        var position = 0
        while position < input.count {
            let end = min(input.count, position + max(1, cuts(position)))
            buffer.writeBytes(input[position..<end])
            position = end
            if subject == .forgetsItsStack { parser = RESPParser(limits: limits) }
            if subject == .cutsLinesShort, buffer.readableBytesView.last == UInt8(ascii: "\r") {
                buffer.writeInteger(UInt8(ascii: "\n"))
            }
            do throws(RedisError) {
                while let value = try parser.next(&buffer) { reading.values.append(value) }
            } catch {
                reading.failure = error.message
                return reading
            }
            buffer.discardReadBytes()
            reading.heldBytes = max(reading.heldBytes, buffer.readableBytes + parser.heldBytes)
            reading.heldValues = max(reading.heldValues, parser.heldValues)
        }
        reading.unread = buffer.readableBytes
        return reading
    }

    /// The same through the part that connections use.
    static func stream(_ input: [UInt8], cuts: (Int) -> Int) -> Reading {
        var stream = RESPStream(limits: limits)
        var reading = Reading()
        var position = 0
        do throws(RedisError) {
            while position < input.count {
                let end = min(input.count, position + max(1, cuts(position)))
                try stream.read(ByteBuffer(bytes: input[position..<end]))
                position = end
                reading.heldBytes = max(reading.heldBytes, stream.heldBytes)
                reading.heldValues = max(reading.heldValues, stream.heldValues)
            }
        } catch {
            reading.failure = error.message
        }
        reading.values = stream.replies
        return reading
    }

    /// What is wrong with how `subject` reads `input`, nil when nothing is.
    static func judge(_ input: [UInt8], _ generator: inout Generator, _ subject: Subject) -> String? {
        let whole = read(input, cuts: { _ in input.count }, .sound)
        let byByte = read(input, cuts: { _ in 1 }, subject)
        var cutting = generator
        let cut = read(input, cuts: { _ in Int(cutting.next() % 24) }, subject)
        if byByte != whole { return "cut at every byte it reads \(byByte) instead of \(whole)" }
        if cut != whole { return "cut at random it reads \(cut) instead of \(whole)" }
        cutting = generator
        let streamed = stream(input, cuts: { _ in Int(cutting.next() % 24) })
        if streamed != whole { return "a connection reads \(streamed) instead of \(whole)" }
        for reading in [byByte, cut, streamed] {
            // A line under construction and its marker come on top of the reply's bytes, and one read.
            if reading.heldBytes > limits.bytes + limits.line + 32 { return "it holds \(reading.heldBytes) bytes" }
            if reading.heldValues > limits.values { return "it holds \(reading.heldValues) values" }
        }
        return nil
    }

    @Test("The parser survives 200,000 hostile inputs") func survives200000HostileInputs() async {
        let count = 200_000
        var generator = Generator(SeededRandom("hostile RESP inputs", count: count))
        let seed = generator.random.seed
        var values = 0
        for round in 0..<count {
            let input = generator.input()
            if let problem = Self.judge(input, &generator, .sound) {
                Issue.record("seed \(seed), input \(round), \(String(decoding: input, as: UTF8.self).debugDescription): \(problem)")
                return
            }
            // The other tests need the thread, too.
            if round % 100 == 0 { await Task.yield() }
            if round % 1000 == 0 { values += Self.read(input, cuts: { _ in input.count }, .sound).values.count }
        }
        // Among the nonsense there was sense.
        #expect(values > 50, "seed \(seed)")
    }

    /// The proof that the fuzzer can fail: it finds each planted defect within a few inputs.
    @Test("The fuzz test finds a planted defect", arguments: Subject.allCases.dropFirst()) func findsAPlantedDefect(_ subject: Subject) {
        let count = 20_000
        var generator = Generator(SeededRandom("RESP inputs at most for the defect \(subject)", count: count))
        for _ in 0..<count where Self.judge(generator.input(), &generator, subject) != nil { return }
        Issue.record("seed \(generator.random.seed): nothing found")
    }

    /// Single attacks, each without an end.
    @Test(arguments: [
        "+", "$", "*1\r\n", "*1000000000\r\n", "$1000000000\r\n", "*60\r\n:1\r\n", "%1\r\n", "|1\r\n+a\r\n", "~9\r\n", "-", "(",
    ])
    func isBoundedAgainstEndlessness(_ piece: String) {
        let input = Array(String(repeating: piece, count: 20_000).utf8)
        let reading = Self.read(input, cuts: { _ in 1000 }, .sound)
        #expect(reading.failure != nil)
        #expect(reading.heldBytes <= Self.limits.bytes + Self.limits.line + 1000)
    }

    /// The limits that connections have.
    @Test("The default parser limits hold") func theStandardLimitsHold() {
        var parser = RESPParser()
        var endless = ByteBuffer(string: "+" + String(repeating: "x", count: RESPLimits.standard.line + 1))
        #expect(throws: RedisError.self) { try parser.next(&endless) }
        parser = RESPParser()
        var deep = ByteBuffer(string: String(repeating: "*1\r\n", count: 100))
        #expect(throws: RedisError.self) { try parser.next(&deep) }
        parser = RESPParser()
        var long = ByteBuffer(string: "$1073741825\r\n")
        #expect(throws: RedisError.self) { try parser.next(&long) }
        parser = RESPParser()
        var wide = ByteBuffer(string: "*16777217\r\n")
        #expect(throws: RedisError.self) { try parser.next(&wide) }
    }
}

/// Makes inputs: random bytes, replies by the grammar, and replies with a few things changed.
struct Generator: RandomNumberGenerator {
    private(set) var random: SeededRandom

    init(_ random: SeededRandom) { self.random = random }

    mutating func next() -> UInt64 { random.next() }

    private mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    mutating func input() -> [UInt8] {
        var bytes: [UInt8] = []
        switch below(8) {
        case 0:
            for _ in 0..<below(40) { bytes.append(UInt8(truncatingIfNeeded: next())) }
        case 1:
            let alphabet = Array("$*+-:~>%|_#,(=!0123456789\r\n\r\n\r\ntfax".utf8)
            for _ in 0..<below(60) { bytes.append(alphabet[below(alphabet.count)]) }
        case 2:
            // Openings that never end.
            let piece = ["*1\r\n", "%1\r\n+k\r\n", "|1\r\n", "~2\r\n", ">3\r\n:1\r\n", "+aaaaaaaaaaaaaaa", "*70\r\n_\r\n"][below(7)]
            for _ in 0..<below(40) { bytes += Array(piece.utf8) }
        default:
            for _ in 0...below(3) { value(depth: 0, into: &bytes) }
            if below(2) == 0 { damage(&bytes) }
        }
        return bytes
    }

    private mutating func damage(_ bytes: inout [UInt8]) {
        for _ in 0...below(3) where !bytes.isEmpty {
            let place = below(bytes.count)
            switch below(4) {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: next())
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(Array("\r\n$*:0129-".utf8)[below(10)], at: place)
            default: bytes.removeSubrange(place...)
            }
        }
    }

    private mutating func value(depth: Int, into bytes: inout [UInt8]) {
        let kinds = depth < 5 ? 15 : 10
        switch below(kinds) {
        case 0: bytes += Array("+status\r\n".utf8)
        case 1: bytes += Array("-ERR a b\r\n".utf8)
        case 2: bytes += Array(":\(Int64(bitPattern: next()) >> Int64(below(64)))\r\n".utf8)
        case 3: bytes += Array("_\r\n".utf8)
        case 4: bytes += Array(["#t\r\n", "#f\r\n", "$-1\r\n", "*-1\r\n"][below(4)].utf8)
        case 5: bytes += Array([",1.5\r\n", ",inf\r\n", ",nan\r\n", ",-0\r\n", ",1e400\r\n"][below(5)].utf8)
        case 6: bytes += Array("(-\(next())\(next())\r\n".utf8)
        case 7: bytes += Array("=7\r\ntxt:abc\r\n".utf8)
        case 8, 9:
            let count = below(24)
            bytes += Array("\(["$", "$", "!"][below(3)])\(count)\r\n".utf8)
            for _ in 0..<count { bytes.append(UInt8(truncatingIfNeeded: next())) }
            bytes += [13, 10]
        default:
            let marker = ["*", "~", ">", "%", "|"][below(5)]
            let count = below(4)
            bytes += Array("\(marker)\(count)\r\n".utf8)
            for _ in 0..<(marker == "%" || marker == "|" ? count * 2 : count) { value(depth: depth + 1, into: &bytes) }
        }
    }
}
