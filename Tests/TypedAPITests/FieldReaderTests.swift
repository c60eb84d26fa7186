import JSON
import Primitives
import Testing
import TypedAPI

@Suite struct FieldReaderTests {
    private func reader(_ text: String) throws -> FieldReader { FieldReader(try RawJSONObject(parsing: Array(text.utf8))) }

    private enum Color: String, CaseIterable { case red, green }

    @Test("Everything that is wrong is told at once, with its place")
    func all() throws {
        var fields = try reader(
            #"{"name":5,"age":1.5,"wait":"5m","at":"today","color":"blue","tags":["a",1],"nested":{"x":null,"z":1},"extra/~":1}"#)
        _ = fields.string("name", length: 1...5)
        _ = fields.integer("age", in: 0...10)
        _ = fields.duration("wait", in: .zero ... .seconds(60))
        _ = fields.timestamp("at")
        _ = fields.choice("color", of: Color.self)
        _ = fields.strings("tags", count: 1...5, message: "Must be text.") { $0 }
        let nested: Int? = fields.object("nested") { nested in
            _ = nested.integer("x", in: 0...1)
            return nested.integer("y", required: true, in: 0...1)
        }
        #expect(nested == nil)
        _ = fields.raw("missing", required: true)
        let error = #expect(throws: Problem.self) { try fields.finish() }
        let places = (error?.errors ?? []).map { "\($0.place) \($0.code)" }
        #expect(
            places == [
                #"pointer("/name") type"#, #"pointer("/age") type"#, #"pointer("/wait") format"#, #"pointer("/at") format"#,
                #"pointer("/color") choice"#,
                #"pointer("/tags/1") format"#, #"pointer("/nested/x") type"#, #"pointer("/nested/y") required"#,
                #"pointer("/nested/z") unknown"#,
                #"pointer("/missing") required"#, #"pointer("/extra~1~0") unknown"#,
            ])
        #expect(error?.type == .validationFailed)
    }

    @Test("What is right comes through")
    func good() throws {
        var fields = try reader(
            #"{"name":"Ada","age":1e1,"wait":"PT5S","at":"2026-11-22T10:00:00Z","color":"red","tags":["a"],"raw":{"b": 1.0},"nested":{"x":1}}"#
        )
        #expect(fields.string("name", required: true, length: 3...3) == "Ada")
        #expect(fields.integer("age", in: 0...10) == 10)
        #expect(fields.duration("wait", in: .seconds(5)...Duration.seconds(5)) == .seconds(5))
        #expect(fields.timestamp("at")?.milliseconds == 1_795_341_600_000)
        #expect(fields.choice("color", of: Color.self) == .red)
        #expect(fields.strings("tags", count: 1...1, message: "") { $0 } == ["a"])
        #expect(fields.raw("raw")?.text == #"{"b": 1.0}"#)
        #expect(fields.object("nested") { $0.integer("x", in: 0...1) } == 1)
        #expect(fields.string("absent", length: 1...2) == nil)
        try fields.finish()
    }

    @Test("Bounds are inclusive", arguments: [("", false), ("a", true), ("ab", true), ("abc", false), ("👩‍👩‍👧", false)])
    func lengths(text: String, isValid: Bool) throws {
        var fields = try reader("{\"a\":\(JSONValue.string(text).text())}")
        #expect((fields.string("a", length: 1...2) != nil) == isValid)
    }
}
