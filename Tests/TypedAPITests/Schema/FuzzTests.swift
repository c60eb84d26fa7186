import JSON
import TestServices
import Testing
import TypedAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Whatever is sent, reading ends, in bounded memory")
struct FuzzTests {
    private static let texts = [
        """
        {"name":" a ","projectId":"018f3c1e-7b1a-7cc0-8000-000000000000","environment":"development","priority":8,"tags":["a","b"],\
        "callback":"https://a.test","payload":{"x":[1,2.5e3,null,true,"\\u00e9\\n"]},"trigger":{"type":"cron","cron_expression":"* *","n":3},\
        "owner":null,"default":false}
        """,
        #"{"environment":"production","trigger":{"by":"me","type":"manual"},"name":"b","projectId":"018F3C1E-7B1A-7CC0-8000-00000000000A","owner":"x","callback":"HTTP://b"}"#,
    ]
    private static let trees = [
        #"{"value":[1,["a",[2]]],"children":[{"value":"x","level":10}],"parent":{"value":3},"marks":{"a":[1,null],"b":[]}}"#
    ]
    /// What is likely to matter wherever it lands.
    private static let tokens = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "null", "true", "-", "0", "1e999", "-0.0", "9223372036854775808", "\\ud800", "\\u0000",
        "\"name\":", "\"type\":", "\"trigger\":", "\u{FEFF}", "\u{0}", " ", "//", "\"a\":1,",
    ]

    private func mutated(_ text: String, _ numbers: inout SeededRandom) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...4, using: &numbers) {
            let place = Int.random(in: 0...bytes.count, using: &numbers)
            let end = min(bytes.count, place + Int.random(in: 0...12, using: &numbers))
            switch Int.random(in: 0..<5, using: &numbers) {
            case 0: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &numbers) }
            case 1: bytes.insert(contentsOf: Array((Self.tokens.randomElement(using: &numbers) ?? "").utf8), at: place)
            case 2: bytes.removeSubrange(place..<end)
            case 3: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &numbers))
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }

    /// Reads it; what is accepted is the same after being written and read again. Returns whether it was accepted.
    private func survives<Value: SchemaValue & Equatable>(_ type: Value.Type, _ bytes: [UInt8], seed: UInt64) throws -> Bool {
        do throws(SchemaFailure) {
            let value = try Value.parse(bytes)
            let again = try? Value.parse(value.jsonBytes())
            #expect(again == value, "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
            return true
        } catch {
            if case .invalid(let issues) = error {
                #expect((1...100).contains(issues.count), "seed \(seed)")
                #expect(issues.allSatisfy { $0.pointer.isEmpty || $0.pointer.hasPrefix("/") }, "seed \(seed)")
            }
            return false
        }
    }

    @Test("Texts changed at random are read or refused, and what is read survives being written")
    func mutations() throws {
        let count = 10_000
        var numbers = SeededRandom("texts of two kinds, changed", count: count)
        let seed = numbers.seed
        var accepted = 0
        for _ in 0..<count {
            let run = mutated(Self.texts.randomElement(using: &numbers) ?? "", &numbers)
            if try survives(CreateRun.self, run, seed: seed) { accepted += 1 }
            let tree = mutated(Self.trees[0], &numbers)
            if try survives(Tree.self, tree, seed: seed) { accepted += 1 }
        }
        // A generator that only made rubbish would test nothing.
        #expect((100...19_000).contains(accepted), "seed \(seed): \(accepted)")
    }

    @Test("A megabyte of anything is refused or read without keeping more than a few times as much")
    func hostileTextsFillNoMemory() throws {
        let size = 1 << 20
        func filled(_ start: String, _ part: String, _ end: String = "") -> [UInt8] {
            let body = String(repeating: part, count: max(1, (size - start.utf8.count - end.utf8.count) / part.utf8.count))
            return Array((start + body + end).utf8)
        }
        var keys = "{"
        for number in 0..<90_000 { keys += "\"k\(number)\":0," }
        let texts = [
            filled("", "["), filled("", "{\"parent\":"), filled("{\"name\":\"", "a", "\"}"), filled("{\"name\":\"", "\\u0041", "\"}"),
            Array(keys.utf8), filled("{", "\"name\":\"a\","), filled("{\"tags\":[", "\"a\",", "\"a\"]}"),
            filled("{\"priority\":", "9", "}"),
            filled("{\"priority\":1e", "9", "}"), filled("{\"trigger\":{", "\"a\":[1],", "\"type\":\"cron\"}}"),
            filled("{\"value\":[", "[1],", "[1]]}"), filled("{\"value\":", "[", ""), filled("{\"marks\":{", "\"a\":[1],", "\"b\":[]}}"),
            filled("{\"payload\":[", "{\"a\":1},", "1]}"), filled("", "\u{FF}"), filled("{\"", "x", "\":1}"),
        ]
        func read() {
            for text in texts {
                _ = try? CreateRun.parse(text)
                _ = try? Tree.parse(text)
                _ = try? JSONValue(parsing: text)
            }
        }
        read()
        let before = try Self.residentBytes()
        for _ in 0..<5 { read() }
        let grown = try Self.residentBytes() - before
        #expect(grown < 64 << 20, "\(grown >> 20) MiB")
    }

    private static func residentBytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return try #require(line.split { !$0.isNumber }.first.flatMap { Int($0) }) << 10
    }
}
