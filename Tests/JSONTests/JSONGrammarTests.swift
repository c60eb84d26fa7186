import JSON
import TestServices
import Testing

/// The classes of cases that a grammar suite for JSON has: what must be read, what must be refused, and what a reader may decide, with our decision.
@Suite struct JSONGrammarTests {
    @Test(
        "Accepts every form the grammar has",
        arguments: [
            "[]", "[ ]", "[[]]", "[\"\"]", "[false]", "[null, 1, \"1\", {}]", "[null]", "[1\n]", " [1]", "[2] ", "[1,null,null,null,2]",
            "[123e65]", "[0e+1]", "[0e1]", "[ 4]", "[-0.000000000000000000000000000000000000000000000000000000000000000000000000000001]",
            "[20e1]", "[-0]", "[-123]", "[-1]", "[1E22]", "[1E-2]", "[1E+2]", "[123.456e78]", "[123.456789]", "[1e-2]",
            #"{"asd":"sdf", "dfg":"fgh"}"#, #"{"asd":"sdf"}"#, "{}", #"{"":0}"#, #"{"foo\u0000bar": 42}"#,
            "{\"min\": -1.0e+28, \"max\": 1.0e+28}",
            #"{"x":[{"id": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}], "id": "x"}"#, #"{"title":"\u041f\u043e\u043b" }"#,
            "{\n\"a\": \"b\"\n}",
            #"["\u0060\u012a\u12AB"]"#, #"["\uD801\udc37"]"#, #"["\ud83d\ude39\ud83d\udc8d"]"#, #"["\"\\\/\b\f\n\r\t"]"#, #"["\\u0000"]"#,
            #"["\""]"#, "[\"a/*b*/c/*d//e\"]", #"["\\a"]"#, #"["\\n"]"#, #"["\u0012"]"#, #"["\uFFFF"]"#, "[\"\u{FFFF}\"]",
            "[\"\u{10FFFF}\"]",
            "[\"asd\"]", "[ \"asd\"]", "[\"\u{1BFFF}\"]", #"["new\u00A0line"]"#, #"["\u0000"]"#, #"["\u002c"]"#, "[\"π\"]", "[\"asd \"]",
            "\" \"",
            #"["\uD834\uDd1e"]"#, #"["\u0821"]"#, #"["\u0123"]"#, "[\"\u{2028}\"]", "[\"\u{2029}\"]", #"["\u0061\u30af\u30EA\u30b9"]"#,
            "[\"⍂㈴⍂\"]", "[\"\u{7F}\"]", #"["\u005C"]"#, #"["\u0022"]"#, #"["\uDBFF\uDFFE"]"#, #"["\u200B"]"#, #"["\u2064"]"#,
            #"["\uFDD0"]"#,
            "false", "42", "-0.1", "null", "\"asd\"", "true", "\"\"", "[\"a\"]\n", "[true]", " [] ", "\t\r\n[]",
        ])
    func accepted(text: String) throws {
        let bytes = Array(text.utf8)
        let value = try JSONValue(parsing: bytes)
        #expect(try RawJSON(validating: bytes).bytes == bytes)
        #expect(try JSONValue(parsing: value.bytes()) == value)
        try skipVerbatim(bytes)
    }

    @Test(
        "Refuses what is not in the grammar",
        arguments: [
            "[1 true]", "[\"\": 1]", "[\"\"],", "[,1]", "[1,,2]", "[\"x\",,]", "[\"x\"]]", "[\"\",]", "[\"x\"", "[x", "[3[4]]", "[1:2]",
            "[,]", "[-]",
            "[   , \"\"]", "[\"a\",\n4\n,1,", "[1,]", "[1,,]", "[\"\u{0B}a\"\\f]", "[*]", "[\"\"", "[1,", "[1,\n1\n,1", "[{}", "[fals]",
            "[nul]", "[tru]",
            "[++1234]", "[+1]", "[+Inf]", "[-01]", "[-1.0.]", "[-2.]", "[-NaN]", "[.-1]", "[.2e-3]", "[0.1.2]", "[0.3e+]", "[0.3e]",
            "[0.e1]", "[0E+]",
            "[0E]", "[0e+]", "[0e]", "[1.0e+]", "[1.0e-]", "[1.0e]", "[1 000.0]", "[1eE2]", "[2.e+3]", "[2.e-3]", "[2.e3]", "[9.e+]",
            "[Inf]", "[NaN]",
            "[\u{FF11}]", "[1+2]", "[0x1]", "[0x42]", "[Infinity]", "[0e+-1]", "[-123.123foo]", "[-Infinity]", "[-foo]", "[- 1]", "[-012]",
            "[-.123]",
            "[-1x]", "[1ea]", "[1.]", "[.123]", "[1.2a-3]", "[1.8011670033376514H-308]", "[012]", "[\"x\", truth]", "{[: \"x\"}\n",
            "{\"x\", null}", "{\"x\"::\"b\"}", "{🇨🇭}", "{\"a\":\"a\" 123}", "{key: 'value'}", "{\"a\" b}", "{:\"b\"}", "{\"a\" \"b\"}",
            "{\"a\":",
            "{\"a\"", "{1:1}", "{9999E9999:1}", "{null:null,null:null}", "{\"id\":0,,,,,}", "{'a':0}", "{\"id\":0,}", "{\"a\":\"b\"}/**/",
            "{\"a\":\"b\"}/**//", "{\"a\":\"b\"}//", "{\"a\":\"b\"}/", "{\"a\":\"b\",,\"c\":\"d\"}", "{a: \"b\"}", "{\"a\":\"a",
            "{ \"foo\" : \"bar\", \"a\" }",
            "{\"a\":\"b\"}#", " ", #"["\uD800\"]"#, #"["\uD800\u"]"#, #"["\uD800\u1"]"#, #"["\uD800\u1x"]"#, "[é]", #"["\x00"]"#,
            #"["\\\"]"#,
            "[\"\\\t\"]", "[\"\\🌀\"]", #"["\"]"#, #"["\u00A"]"#, #"["\uD834\uDd"]"#, #"["\uD800\uD800\x"]"#, #"["\a"]"#, #"["\uqqqq"]"#,
            #"[\u0020"asd"]"#,
            "[\\n]", "\"", "['single quote']", "abc", "[\"\\", "[\"a\u{00}a\"]", "[\"new\nline\"]", "[\"\t\"]", "\"\\UA66D\"", "<.>",
            "[<null>]", "[1]x",
            "[1]]", "[][", "\u{FEFF}", "\u{FEFF}{}", "aå", "[True]", "1]", "{\"x\": true,", "{\"a\":1 \"b\":2}", "]", "[\u{0C}]", "{}}",
            "{\"\":",
            "{\"a\":/*comment*/\"b\"}", "{\"a\": true} \"x\"", "['", "[,", "[{", "[\"a", "[\"a\"", "{", "{]", "{,", "{[", "{\"a", "{'a'",
            "[\"\\{[\"\\{", "é",
            "*", "{\"a\":\"b\"}#{}", "[\\u000A\"\"]", "[1", "[ false, nul", "[ true, fals", "[ false, tru", "{\"asd\":\"asd\"",
            "[\u{2060}]", "",
            "[\u{A0}]", "\u{2028}[]",
        ])
    func refused(text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(throws: JSONError.self) { try RawJSON(validating: Array(text.utf8)) }
        #expect(throws: JSONError.self) { try skipVerbatim(Array(text.utf8)) }
    }

    @Test(
        "What the grammar leaves open: numbers of any size are kept, lone surrogates and duplicate names are refused",
        arguments: [
            ("[123123e100000]", true), ("[-1e+9999]", true), ("[0.4e006699999999999999999999]", true), ("[1.5e+9999]", true),
            ("[-123123123123123123123123123123]", true), ("[100000000000000000000]", true), ("[1e-10000]", true),
            (#"{"a":"b","a":"c"}"#, false), (#"{"a":1,"\u0061":1}"#, false), (#"["\uDADA"]"#, false), (#"["\uD888\u1234"]"#, false),
            (#"["\uD800\n"]"#, false), (#"["\uDd1ea"]"#, false), (#"["\uD800\uD800\n"]"#, false), (#"["\ud800"]"#, false),
            (#"["\udc00\ud800"]"#, false),
        ])
    func decided(text: String, isRead: Bool) {
        #expect(((try? JSONValue(parsing: text)) != nil) == isRead)
        #expect(((try? RawJSON(validating: Array(text.utf8))) != nil) == isRead)
    }

    @Test(
        "Bytes that are not UTF-8 are refused wherever they stand",
        arguments: [
            [0xE5], [0xFF], [0xC0, 0xAF], [0xF4, 0x90, 0x80, 0x80], [0xED, 0xA0, 0x80], [0x80], [0xE0, 0x80, 0x80],
            [0xF8, 0x88, 0x80, 0x80, 0x80],
            [0xC3, 0x28], [0xE2, 0x82],
        ] as [[UInt8]])
    func invalidUTF8(bytes: [UInt8]) {
        for text in [
            Array("[\"".utf8) + bytes + Array("\"]".utf8), Array("[\"\\n long enough for words ".utf8) + bytes + Array(" \"]".utf8),
            Array("{\"".utf8) + bytes + Array("\":1}".utf8), Array("[".utf8) + bytes + Array("]".utf8), bytes,
        ] {
            #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
            #expect(throws: JSONError.self) { try RawJSON(validating: text) }
        }
    }

    @Test("Each limit holds at its value and not one past it")
    func limits() throws {
        let string = JSONLimits(stringBytes: 4)
        #expect(try JSONValue(parsing: "[\"abcd\"]", limits: string)[0]?.string == "abcd")
        #expect(throws: JSONError(code: .stringTooLong, offset: 1)) { try JSONValue(parsing: "[\"abcde\"]", limits: string) }
        #expect(throws: JSONError(code: .stringTooLong, offset: 0)) { try JSONValue(parsing: "\"a\\nbcde\"", limits: string) }
        #expect(throws: JSONError(code: .stringTooLong, offset: 1)) { try RawJSON(validating: Array("[\"abcde\"]".utf8), limits: string) }
        let members = JSONLimits(members: 2)
        #expect(try JSONValue(parsing: #"{"a":1,"b":2}"#, limits: members).object?.count == 2)
        #expect(throws: JSONError(code: .tooManyMembers, offset: 13)) { try JSONValue(parsing: #"{"a":1,"b":2,"c":3}"#, limits: members) }
        #expect(throws: JSONError(code: .tooManyMembers, offset: 13)) {
            try RawJSON(validating: Array(#"{"a":1,"b":2,"c":3}"#.utf8), limits: members)
        }
    }

    @Test("A text cut off anywhere is refused, and never read past its end")
    func truncated() {
        let text = Array(#"{"name":"\ud83d\ude00 é","list":[1,-2.5e+3,true,null,{"a":"long enough for eight"}],"last":false}"#.utf8)
        for length in 0..<text.count {
            #expect(throws: JSONError.self) { try JSONValue(parsing: Array(text[..<length])) }
            #expect(throws: JSONError.self) { try RawJSON(validating: Array(text[..<length])) }
        }
    }

    @Test("Damaged texts: building and skipping agree, what is read survives writing, and nothing crashes")
    func damaged() {
        let count = 20_000
        var generator = SeededRandom("damaged JSON texts", count: count)
        let original = Array(#"{"a":[1,2.5e-3,"x\u00e9\n",{"b":null,"c":[true,false]}],"d":"0123456789","é":{"e":-0}}"#.utf8)
        let interesting = Array("{}[]:,\"\\u0dtfn-+.eE \u{0}".utf8) + [0x80, 0xC3, 0xED, 0xFF]
        for _ in 0..<count {
            var text = original
            for _ in 0..<Int.random(in: 1...4, using: &generator) where !text.isEmpty {
                let place = Int.random(in: 0..<text.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: text[place] = interesting.randomElement(using: &generator) ?? 0
                case 1: text.remove(at: place)
                case 2: text.insert(interesting.randomElement(using: &generator) ?? 0, at: place)
                default: text[place] = UInt8.random(in: 0...255, using: &generator)
                }
            }
            let built = try? JSONValue(parsing: text)
            #expect((built != nil) == ((try? RawJSON(validating: text)) != nil), "seed \(generator.seed)")
            if let built { #expect((try? JSONValue(parsing: built.bytes())) == built, "seed \(generator.seed)") }
        }
    }
}
