import JSON
import TestServices
import Testing

@Suite struct JSONReadingTests {
    @Test(
        "Reads what RFC 8259 allows and writes it compactly",
        arguments: [
            ("null", "null"), (" true ", "true"), ("[ ]", "[]"), ("{\n}", "{}"), ("[1, 2.50,\t-0, 1e400]", "[1,2.50,-0,1e400]"),
            (#"{"b":1,"a":[{"c":null}]}"#, #"{"b":1,"a":[{"c":null}]}"#), (#""\u00e9\uD83D\uDE00\/\b""#, "\"é😀/\\b\""),
            ("12345678901234567890123", "12345678901234567890123"),
            (#""\u0000\u001f""#, #""\u0000\u001f""#),
        ])
    func valid(text: String, written: String) throws {
        #expect(try JSONValue(parsing: text).text() == written)
        #expect(try RawJSON(validating: Array(text.utf8)).text == text)
    }

    @Test(
        "Refuses everything else, and says where",
        arguments: [
            ("", JSONError.Code.unexpectedEnd, 0), ("{", .unexpectedEnd, 1), ("[1,]", .unexpectedCharacter, 3),
            ("{\"a\":1,}", .unexpectedCharacter, 7),
            ("01", .invalidNumber, 0), ("1.", .invalidNumber, 0), (".5", .unexpectedCharacter, 0), ("+1", .unexpectedCharacter, 0),
            ("-", .invalidNumber, 0),
            ("1e", .invalidNumber, 0), ("nul", .unexpectedEnd, 3), ("nulL", .unexpectedCharacter, 3), ("NaN", .unexpectedCharacter, 0),
            ("'a'", .unexpectedCharacter, 0),
            ("\"a", .unexpectedEnd, 2), ("\"\\x\"", .invalidEscape, 1), ("\"\\uD800\"", .invalidEscape, 1),
            ("\"\\uDC00\"", .invalidEscape, 1),
            ("\"\\u12g4\"", .invalidEscape, 1), ("\"\n\"", .controlCharacter, 1), ("1 2", .trailingContent, 2),
            ("{\"a\":1,\"a\":2}", .duplicateKey, 7), ("{a:1}", .unexpectedCharacter, 1),
            ("[1 2]", .unexpectedCharacter, 3), ("{\"a\" 1}", .unexpectedCharacter, 5),
        ])
    func invalid(text: String, code: JSONError.Code, offset: Int) {
        let expected = JSONError(code: code, offset: offset)
        #expect(throws: expected) { try JSONValue(parsing: text) }
        #expect(throws: expected) { try RawJSON(validating: Array(text.utf8)) }
    }

    @Test(
        "Invalid UTF-8 is refused", arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xC3]] as [[UInt8]])
    func utf8(bytes: [UInt8]) {
        #expect(throws: JSONError(code: .invalidUTF8, offset: 1)) { try JSONValue(parsing: [0x22] + bytes + [0x22]) }
    }

    @Test("Limits hold before memory or stack is used up")
    func limits() throws {
        let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        #expect(throws: JSONError(code: .tooDeep, offset: 128)) { try JSONValue(parsing: deep) }
        #expect(throws: JSONError(code: .tooLarge, offset: 4)) { try JSONValue(parsing: "12345", limits: JSONLimits(size: 4)) }
        #expect(throws: JSONError(code: .tooManyMembers, offset: 5)) { try JSONValue(parsing: "[1,2,3]", limits: JSONLimits(values: 3)) }
        #expect(try JSONValue(parsing: String(repeating: "[", count: 128) + String(repeating: "]", count: 128)).array?.count == 1)
    }

    @Test("Members of a large object are found, and duplicates too")
    func largeObject() throws {
        let members = (0..<1000).map { "\"key\($0)\":\($0)" }
        let value = try JSONValue(parsing: "{\(members.joined(separator: ","))}")
        #expect(value["key777"]?.int == 777)
        #expect(value["key1000"] == nil)
        #expect(throws: JSONError.self) { try JSONValue(parsing: "{\(members.joined(separator: ",")),\"key5\":1}") }
    }

    @Test("Raw members keep their bytes")
    func raw() throws {
        let object = try RawJSONObject(parsing: Array(#" { "payload" : {"b" : 1.0,  "a":"\u0041"} , "x":[1 ] } "#.utf8))
        #expect(object["payload"]?.text == #"{"b" : 1.0,  "a":"\u0041"}"#)
        #expect(object["x"]?.text == "[1 ]")
        #expect(object["y"] == nil)
        #expect(throws: JSONError(code: .unexpectedCharacter, offset: 0)) { try RawJSONObject(parsing: Array("[1]".utf8)) }
        #expect(throws: JSONError(code: .duplicateKey, offset: 7)) { try RawJSONObject(parsing: Array(#"{"a":1,"a":2}"#.utf8)) }
    }
}

@Suite struct JSONValueTests {
    @Test("Numbers keep their text and know their value")
    func numbers() throws {
        #expect(try JSONValue(parsing: "1.0").int == 1)
        #expect(try JSONValue(parsing: "1e2").int == 100)
        #expect(try JSONValue(parsing: "1.5").int == nil)
        #expect(try JSONValue(parsing: "9223372036854775807").int == .max)
        #expect(try JSONValue(parsing: "9223372036854775808").int == nil)
        #expect(try JSONValue(parsing: "9223372036854775807") != JSONValue(parsing: "9223372036854775806"))
        #expect(JSONValue.number(0.1).text() == "0.1")
        #expect(JSONValue.number(3.0).text() == "3")
        #expect(JSONValue.number(Double.nan).text() == "null")
        #expect(try JSONValue(parsing: "1.0") == 1)
    }

    @Test("Objects keep their order; equality ignores it")
    func objects() throws {
        var object: JSONObject = ["b": 1, "a": 2]
        object["c"] = 3
        object["b"] = nil
        object["a"] = 4
        #expect(JSONValue.object(object).text() == #"{"a":4,"c":3}"#)
        #expect(JSONValue.object(object) == ["c": 3, "a": 4])
        #expect(JSONValue.object(object).hashValue == (["c": 3, "a": 4] as JSONValue).hashValue)
    }

    @Test("Random values survive the way out and back")
    func roundTrip() throws {
        let count = 2000
        var generator = SeededRandom("JSON values", count: count)
        for _ in 0..<count {
            let value = randomValue(depth: 0, using: &generator)
            #expect(try JSONValue(parsing: value.bytes()) == value, "seed \(generator.seed)")
        }
    }

    private func randomValue(depth: Int, using generator: inout SeededRandom) -> JSONValue {
        switch Int.random(in: 0..<(depth > 3 ? 4 : 6), using: &generator) {
        case 0: return .null
        case 1: return .bool(.random(using: &generator))
        case 2: return .number(Double(bitPattern: .random(in: .min ... .max, using: &generator)))
        case 3: return .string(randomText(using: &generator))
        case 4: return .array((0..<Int.random(in: 0..<5, using: &generator)).map { _ in randomValue(depth: depth + 1, using: &generator) })
        default:
            var object = JSONObject()
            for _ in 0..<Int.random(in: 0..<30, using: &generator) {
                object[randomText(using: &generator)] = randomValue(depth: depth + 1, using: &generator)
            }
            return .object(object)
        }
    }

    private func randomText(using generator: inout SeededRandom) -> String {
        String(
            String.UnicodeScalarView(
                (0..<Int.random(in: 0..<12, using: &generator)).compactMap { _ in
                    Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &generator))
                }))
    }
}
