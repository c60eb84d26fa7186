import CEL
import JSON
import Testing

@Suite struct PropertyTests {
    /// The same numbers each time.
    struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) ^ (state << 31)
        }
    }

    static let leaves = [
        "1", "-1", "0", "2u", "1.5", "-0.5", "'a'", "'ä\\n\"'", "b'\\xff'", "true", "false", "null", "x", "m", "l", "m.a", "m.b.c", "l[0]",
        "m['a']",
        "int", "9223372036854775807", "timestamp(0)", "duration('90s')", "optional.of(1)", "m.?z", "[]", "{}", ".x",
    ]

    static func expression(_ depth: Int, _ random: inout Generator) -> String {
        guard depth > 0 else { return leaves.randomElement(using: &random)! }
        func part() -> String { expression(depth - 1, &random) }
        switch Int.random(in: 0..<14, using: &random) {
        case 0...4:
            let symbols = ["+", "-", "*", "/", "%", "==", "!=", "<", ">=", "&&", "||", "in"]
            return "(\(part())) \(symbols.randomElement(using: &random)!) (\(part()))"
        case 5: return "(\(part())) ? (\(part())) : (\(part()))"
        case 6: return "!(\(part()))"
        case 7: return "-(\(part()))"
        case 8: return "[\(part()), \(part())]"
        case 9: return "{'k': \(part()), 1: \(part())}"
        case 10: return "[\(part())].\(["map", "filter", "all", "exists", "exists_one"].randomElement(using: &random)!)(v, \(part()))"
        case 11: return "cel.bind(y, \(part()), [y, \(part())])"
        case 12: return "\(["size", "string", "int", "type", "double", "dyn"].randomElement(using: &random)!)(\(part()))"
        default: return "(\(part())).\(["a", "?b", "size()", "contains('a')", "matches('^a+$')"].randomElement(using: &random)!)"
        }
    }

    static let environment: CEL.Environment = {
        var environment = CEL.Environment()
        environment.declare("x", as: .dyn)
        environment.declare("m", as: .dyn)
        environment.declare("l", as: .dyn)
        environment.checksTypes = false
        return environment
    }()

    @Test func printingAndParsingGivesTheSameProgram() throws {
        var random = Generator(state: 22)
        let variables: JSONObject = ["x": 1, "m": ["a": 1, "b": ["c": "a"]], "l": [3, 2, 1]]
        for _ in 0..<3000 {
            let source = Self.expression(Int.random(in: 1...4, using: &random), &random)
            let program = try CEL.compile(source, in: Self.environment)
            let printed = program.description
            let again = try CEL.compile(printed, in: Self.environment)
            #expect(again.description == printed, "\(source)")
            #expect(again.references == program.references, "\(source)")
            #expect(Self.outcome(program, variables) == Self.outcome(again, variables), "\(source) and \(printed)")
        }
    }

    private static func outcome(_ program: CEL.Program, _ variables: JSONObject) -> String {
        do { return "\(try program.evaluate(variables).json())" } catch { return error.kind == .evaluation ? "error" : "\(error.kind)" }
    }

    @Test func whateverTextIsGivenTheErrorPointsIntoIt() {
        var random = Generator(state: 7)
        let pieces =
            Self.leaves + [
                "(", ")", "[", "]", "{", "}", ".", "?", ":", ",", "+", "&&", "\n", "\"", "'''", "\\", "0x", "1e", "has(", "é", "`", "//",
                "in",
            ]
        for _ in 0..<5000 {
            let source = (0..<Int.random(in: 1...9, using: &random)).map { _ in pieces.randomElement(using: &random)! }.joined(
                separator: " ")
            do {
                _ = try CEL.compile(source)
            } catch {
                let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
                #expect(error.line >= 1 && error.line <= lines.count, "\(source): \(error)")
                guard error.line >= 1, error.line <= lines.count else { continue }
                #expect(error.column >= 1 && error.column <= lines[error.line - 1].unicodeScalars.count + 1, "\(source): \(error)")
                #expect(error.message.hasSuffix("."), "\(error)")
            }
        }
    }

    @Test func numbersGoInAndOutAsTheyWereWritten() throws {
        var environment = CEL.Environment()
        environment.allowsUndeclared = true
        let program = try CEL.compile("[a, b.c]", in: environment)
        let text = #"[123456789012345678901234567890,{"z":1.10,"a":18446744073709551615,"b":1e400,"c":-0}]"#
        let input = try JSONValue(
            parsing: #"{"a":123456789012345678901234567890,"b":{"c":{"z":1.10,"a":18446744073709551615,"b":1e400,"c":-0}}}"#)
        #expect(try program.evaluate(input.object ?? [:]).json().text() == text)
    }

    @Test func orderOfKeysIsThatOfTheText() throws {
        let value = try CEL.compile("{'b': 1, 'a': 2, 'c': 3}.map(k, k)").evaluate()
        #expect(try value.json() == ["b", "a", "c"])
    }

    @Test func referencesAreThePathsThatAreRead() throws {
        var environment = CEL.Environment()
        environment.allowsUndeclared = true
        let program = try CEL.compile(
            "steps.a.output.total > 1000 && input['country'] in ['DE'] && has(input.x) && l.all(i, i.y == z)", in: environment)
        #expect(Set(program.references) == [["steps", "a", "output", "total"], ["input", "country"], ["input", "x"], ["l"], ["z"]])
    }

    @Test func aSchemaFindsUnknownMembersAndWrongTypes() throws {
        var environment = CEL.Environment()
        let schema: JSONValue = [
            "type": "object", "properties": ["name": ["type": "string"], "tags": ["type": "array", "items": ["type": "string"]]],
        ]
        environment.declare("input", as: CEL.ValueType(jsonSchema: schema))
        _ = try CEL.compile("input.name.startsWith('a') && 'b' in input.tags", in: environment)
        #expect(throws: CEL.Failure.self) { try CEL.compile("input.nmae == 'a'", in: environment) }
        #expect(throws: CEL.Failure.self) { try CEL.compile("input.name == 1", in: environment) }
    }

    @Test func functionsOfTheCallerAreCheckedAndCalled() throws {
        var environment = CEL.Environment()
        environment.declare(function: "twice", [.int], returns: .int) { .int(($0[0].int ?? 0) * 2) }
        environment.declare(function: "shout", [.string], returns: .string, isMethod: true) { .string(($0[0].string ?? "") + "!") }
        #expect(try CEL.compile("twice(21)", in: environment).evaluate().int == 42)
        #expect(try CEL.compile("'a'.shout()", in: environment).evaluate().string == "a!")
        #expect(throws: CEL.Failure.self) { try CEL.compile("twice('a')", in: environment) }
    }

    static let hostile = [
        "[1,2,3,4,5,6,7,8,9,10].map(a, [1,2,3,4,5,6,7,8,9,10].map(b, [1,2,3,4,5,6,7,8,9,10].map(c, [1,2,3,4,5,6,7,8,9,10].map(d, [1,2,3,4,5,6,7,8,9,10].map(e, [1,2,3,4,5,6,7,8,9,10].map(f, f))))))",
        (0..<40).reduce("size(v39)") { body, i in "cel.bind(v\(39 - i), \(39 - i == 0 ? "'aaaaaaaa'" : "v\(38 - i) + v\(38 - i)"), \(body))"
        },
        (0..<40).reduce("size(v39)") { body, i in "cel.bind(v\(39 - i), \(39 - i == 0 ? "[1]" : "v\(38 - i) + v\(38 - i)"), \(body))" },
        (0..<60).reduce("v59 == v59 && v59 == dyn([1])") { body, i in
            "cel.bind(v\(59 - i), \(59 - i == 0 ? "dyn([1])" : "dyn([v\(58 - i), v\(58 - i)])"), \(body))"
        },
        (0..<60).reduce("'%s'.format([v59])") { body, i in
            "cel.bind(v\(59 - i), \(59 - i == 0 ? "dyn([1])" : "dyn([v\(58 - i), v\(58 - i)])"), \(body))"
        },
        (0..<20).reduce("v19.replace('', v19)") { body, i in
            "cel.bind(v\(19 - i), \(19 - i == 0 ? "'aaaaaaaa'" : "v\(18 - i) + v\(18 - i)"), \(body))"
        },
        (0..<16).reduce("v15.matches('(a+)+(a+)+(a+)+$b')") { body, i in
            "cel.bind(v\(15 - i), \(15 - i == 0 ? "'aaaaaaaa'" : "v\(14 - i) + v\(14 - i)"), \(body))"
        },
        (0..<16).reduce("v15.indexOf(v15.substring(0, 100000) + 'b')") { body, i in
            "cel.bind(v\(15 - i), \(15 - i == 0 ? "'aaaaaaaa'" : "v\(14 - i) + v\(14 - i)"), \(body))"
        },
    ]

    @Test(arguments: hostile.indices) func limitsStopHostileExpressions(_ index: Int) throws {
        let program = try CEL.compile(Self.hostile[index])
        var best = Duration.seconds(10)
        for _ in 0..<5 {
            best = min(best, ContinuousClock().measure { #expect(throws: CEL.Failure.self) { try program.evaluate() } })
        }
        print("CEL hostile \(index): \(best)")
        #expect(best < .milliseconds(200))
    }

    @Test(arguments: [
        String(repeating: "(", count: 10_000), String(repeating: "[", count: 60_000), String(repeating: "-", count: 50_001) + "1",
        String(repeating: "!", count: 50_000) + "true", Array(repeating: "1", count: 5000).joined(separator: "+"),
        String(repeating: "{1:", count: 10_000),
        "a" + String(repeating: ".b", count: 20_000), String(repeating: "a?", count: 20_000),
    ])
    func deepTextIsRefused(_ source: String) { #expect(throws: CEL.Failure.self) { try CEL.compile(source, in: Self.environment) } }
}
