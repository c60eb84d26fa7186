import JSON
import Primitives
import TestServices
import Testing
import TypedAPI

@Suite struct SchemaTests {
    static let id = "0190b2a0-0000-7000-8000-000000000000"

    static func run(_ members: String) -> String {
        #"{"projectId":"\#(id)","environment":"development","trigger":{"type":"none"},"owner":null,"name":"n"\#(members)}"#
    }

    @Test("A whole body becomes a value, with what it leaves out filled in, and is written in the order of the fields")
    func whole() throws {
        let text = """
            {"name":"  abc ","projectId":"\(Self.id)","environment":"development","tags":["a","b"],"payload":{"a": [1,2]},\
            "trigger":{"cron_expression":"x","extra":3,"type":"cron"},"default":null,"owner":"o"}
            """
        let run = try CreateRun.parse(text)
        #expect(run.name == "abc")
        #expect(run.priority == 4)
        #expect(run.trigger == .cron(Cron(expression: "x", rest: ["extra": 3])))
        #expect(run.default == .null)
        #expect(
            String(decoding: run.jsonBytes(), as: UTF8.self) == """
                {"name":"abc","projectId":"\(Self.id)","environment":"development","priority":4,"tags":["a","b"],"callback":null,\
                "payload":{"a": [1,2]},"trigger":{"type":"cron","cron_expression":"x","extra":3},"owner":"o","default":null}
                """)
        #expect(try CreateRun.parse(run.jsonBytes()) == run)
    }

    @Test("Every problem is told at once, each with its place")
    func everyProblem() {
        let text = """
            {"name":"","projectId":"x","environment":"prod","priority":11,"tags":["a",5,"toolong"],"callback":"ftp://x","payload":1,\
            "trigger":{"type":"manual","x/~":1},"extra":{"a":1},"priority":2,"n\\u006fte":null}
            """
        #expect(
            problems(CreateRun.self, text) == [
                "/name length", "/projectId format", "/environment choice", "/priority range", "/priority even", "/tags/1 type",
                "/callback format", "/trigger/x~1~0 unknown", "/trigger/by required", "/extra unknown", "/priority duplicate", "/note type",
                "/owner required",
            ])
    }

    @Test(
        "Absent, null and present are three things",
        arguments: [
            ("", []), (",\"callback\":null", []), (",\"note\":null", ["/note type"]), (",\"priority\":null", ["/priority type"]),
            (",\"name\":\"m\"", ["/name duplicate"]), (",\"tags\":[\"a\",\"b\",\"a\"]", ["/tags/2 unique"]),
            (",\"tags\":[\"a\",\"b\",\"c\",\"d\",\"toolong\"]", ["/tags count", "/tags/4 length"]), (",\"default\":1", ["/default type"]),
        ])
    func presence(members: String, expected: [String]) {
        #expect(problems(CreateRun.self, Self.run(members)) == expected)
    }

    @Test("Rules across fields run once the fields are right, and name one of them")
    func acrossFields() {
        let text = Self.run("").replacing("development", with: "production")
        #expect(problems(CreateRun.self, text) == ["/callback required_in_production"])
        #expect(problems(CreateRun.self, text.replacing("\"n\"", with: "\"\"")) == ["/name length"])
    }

    @Test("A patch tells what was said from what was not")
    func patches() throws {
        #expect(try CreateRun.parse(Self.run("")).default == .absent)
        #expect(try CreateRun.parse(Self.run(",\"default\":true")).default == .value(true))
        #expect(Patch<Int>.absent.applied(to: 3) == 3)
        #expect(Patch<Int>.null.applied(to: 3) == nil)
        #expect(Patch.value(4).applied(to: 3) == 4)
    }

    @Test(
        "Unions: by tag wherever it stands, or the first that fits",
        arguments: [
            (#"{"type":"manual"}"#, ["/by required"]), (#"{"by":"x","type":"manual"}"#, []), (#"{"by":"x","t\u0079pe":"manual"}"#, []),
            (#"{"by":"x"}"#, ["/type required"]), (#"{"type":"other","by":"x"}"#, ["/type choice"]), (#"{"type":1}"#, ["/type type"]),
            ("[]", [" type"]), (#"{"type":"none","x":1}"#, ["/x unknown"]),
            (#"{"type":"cron","cron_expression":"x","y":"z"}"#, ["/y type"]),
            (#"{"type":"none""#, ["malformed unexpectedEnd"]),
        ])
    func tagged(text: String, expected: [String]) {
        #expect(problems(Trigger.self, text) == expected)
    }

    @Test("Recursive types, maps, lists of nullable elements and raw values")
    func recursive() throws {
        let text = #"{"value":[1,"a",[2]],"children":[{"value":2,"level":10}],"parent":{"value":"x"},"marks":{"z":[1,null]}}"#
        let tree = try Tree.parse(text)
        #expect(tree.value == .list([.number(1), .text("a"), .list([.number(2)])]))
        #expect(tree.children[0].level == .high)
        #expect(tree.parent?.value.value == .text("x"))
        #expect(tree.marks == ["z": [1, nil]])
        #expect(try Tree.parse(tree.jsonBytes()) == tree)
        #expect(
            problems(Tree.self, #"{"value":true,"children":[{"value":2,"level":3}],"marks":{"z":["1",null]}}"#) == [
                "/value union", "/children/0/level choice", "/marks/z/0 type",
            ])
        let deep = String(repeating: #"{"value":1,"children":["#, count: 40) + String(repeating: "]}", count: 40)
        #expect(problems(Tree.self, deep) == ["malformed tooDeep"])
        let nested = #"{"value":"# + String(repeating: "[", count: 50) + "true" + String(repeating: "]", count: 50) + "}"
        #expect(problems(Tree.self, nested) == ["/value union"])
    }

    @Test(
        "Numbers are exact, or refused",
        arguments: [
            (#"{"small_int":-5,"big_int":9223372036854775807,"unsigned_int":18446744073709551615}"#, []),
            (#"{"small_int":5}"#, ["/small_int range"]), (#"{"small_int":128}"#, ["/small_int range"]),
            (#"{"big_int":9223372036854775808}"#, ["/big_int range"]), (#"{"big_int":1e400}"#, ["/big_int range"]),
            (#"{"big_int":9007199254740993.0}"#, []), (#"{"big_int":1.5}"#, ["/big_int type"]), (#"{"big_int":"1"}"#, ["/big_int type"]),
            (#"{"unsigned_int":-1}"#, ["/unsigned_int range"]), (#"{"ratio":0.3}"#, []), (#"{"ratio":0.35}"#, ["/ratio multiple"]),
            (#"{"ratio":1e400}"#, ["/ratio range"]), (#"{"price":"19.95"}"#, []), (#"{"price":19.95}"#, []),
            (#"{"price":0}"#, ["/price range"]),
            (#"{"price":"19.96"}"#, ["/price multiple"]), (#"{"price":"1,5"}"#, ["/price format"]),
            (#"{"price":1234567890123456789012345678901234567890.05}"#, ["/price range"]), (#"{"step":7}"#, ["/step multiple"]),
            (#"{"wait":"PT61S"}"#, ["/wait range"]), (#"{"wait":"1m"}"#, ["/wait format"]),
            (#"{"at":"2026-02-30T00:00:00Z"}"#, ["/at format"]),
            (#"{"power":3}"#, ["/power choice"]), (#"{"scores":{"a":100,"b":1}}"#, []),
            (#"{"scores":{"A":101}}"#, ["/scores/A format", "/scores/A range"]),
            (#"{"scores":{"a":1,"b":1,"c":1}}"#, ["/scores count"]), (#"{"anything":1}"#, []),
        ])
    func numbers(text: String, expected: [String]) {
        #expect(problems(Numbers.self, text) == expected)
    }

    @Test("Numbers come out as they went in")
    func numbersOut() throws {
        let numbers = try Numbers.parse(#"{"big_int":9007199254740993.0,"unsigned_int":18446744073709551615,"price":19.95}"#)
        #expect(numbers.bigInt == 9_007_199_254_740_993)
        let text = String(decoding: numbers.jsonBytes(), as: UTF8.self)
        #expect(text.contains(#""big_int":9007199254740993,"unsigned_int":18446744073709551615"#))
        #expect(text.contains(#""price":"19.95""#))
        #expect(try Numbers.parse(text) == numbers)
    }

    @Test("Broken JSON is told by its place, whatever else is wrong")
    func malformed() {
        #expect(throws: SchemaFailure.malformed(JSONError(code: .unexpectedCharacter, offset: 9))) { try Manual.parse(#"{"by":1, }"#) }
        #expect(problems(Manual.self, #"{"by":"a"} x"#) == ["malformed trailingContent"])
        #expect(problems(CreateRun.self, Self.run(#","other":{"a":1,"a":2}"#)) == ["malformed duplicateKey"])
    }

    @Test("A dialect decides about unknown members and how many issues are told")
    func dialects() {
        var dialect = Dialect.problems
        dialect.unknownFields = .strip
        #expect(problems(Manual.self, #"{"by":"a","x":1}"#, dialect: dialect) == [])
        #expect(problems(Manual.self, #"{"by":"a","x":1}"#) == ["/x unknown"])
        dialect = .problems
        dialect.maximumIssues = 3
        #expect(problems([Int].self, #"["","","","",""]"#, dialect: dialect).count == 3)
        dialect.limits.members = 1
        #expect(problems(Manual.self, #"{"by":"a","x":1}"#, dialect: dialect) == ["malformed tooManyMembers"])
    }

    @Test("Damaged bodies never crash, and what is read survives writing")
    func damaged() {
        let count = 20_000
        var numbers = SeededRandom("damaged bodies", count: count)
        func random(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &numbers) }
        let original = Array(Self.run(#","tags":["a","b"],"callback":"https://a.example","default":true,"note":"é\n""#).utf8)
        let interesting = Array("{}[]:,\"\\u0dtfn-+.eE 9".utf8) + [0x80, 0xC3, 0xFF]
        for _ in 0..<count {
            var text = original
            for _ in 0...random(3) {
                let place = random(text.count)
                switch random(3) {
                case 0: text[place] = interesting[random(interesting.count)]
                case 1: text.remove(at: place)
                default: text.insert(interesting[random(interesting.count)], at: place)
                }
            }
            if let run = try? CreateRun.parse(text) { #expect((try? CreateRun.parse(run.jsonBytes())) == run, "seed \(numbers.seed)") }
        }
    }
}
