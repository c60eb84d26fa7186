import HTTPTypes
import Hummingbird
import Testing

@testable import TypedAPI

@Suite struct FieldTests {
    @Test(
        arguments: [
            ("a, b,,c ,", ["a", "b", "c"]), ("", []), (#"a;x="1,2", b"#, [#"a;x="1,2""#, "b"]), (#"x="a\",b",c"#, [#"x="a\",b""#, "c"]),
            (#"x="a"#, nil), (#"x="a\"#, nil),
        ] as [(String, [String]?)])
    func lists(text: String, parts: [String]?) {
        #expect(FieldText.split(text[...], at: UInt8(ascii: ",")).map { $0.map(String.init) } == parts)
    }

    @Test(
        arguments: [
            ("1", 1000), ("1.000", 1000), ("0", 0), ("0.5", 500), ("0.05", 50), ("0.123", 123), ("1.", 1000), ("1.001", nil), ("2", nil),
            ("0.1234", nil),
            ("", nil), (".5", nil), ("-0", nil), ("0,5", nil), ("0.x", nil),
        ] as [(String, Int?)])
    func weights(text: String, weight: Int?) { #expect(FieldText.weight(text) == weight) }

    @Test(
        arguments: [
            ("text/html", "text/html", [:]), ("Text/HTML ; Charset=UTF-8", "text/html", ["charset": "UTF-8"]),
            (#"a/b;c="d;e,f\"g";;h=i"#, "a/b", ["c": "d;e,f\"g", "h": "i"]), ("*/*", "*/*", [:]), ("a/b;", "a/b", [:]),
            ("a", nil, [:]), ("a/", nil, [:]), ("/b", nil, [:]), ("a/b/c", nil, [:]), ("a/b, c/d", nil, [:]), ("a/b;c", nil, [:]),
            ("a/b;c=d e", nil, [:]), (#"a/b;c="d"e"#, nil, [:]), ("a /b", nil, [:]), ("", nil, [:]), ("a/b;c = d", nil, [:]),
        ] as [(String, String?, [String: String])])
    func mediaTypes(text: String, essence: String?, parameters: [String: String]) {
        let range = MediaRange(text)
        #expect(range?.essence == essence)
        #expect((range?.parameters ?? []).reduce(into: [:]) { $0[$1.name] = $1.value } == parameters)
    }

    @Test(
        arguments: [
            (nil, false), ("*/*", false), ("text/html", true), ("text/html,application/xhtml+xml,*/*;q=0.8", true),
            ("text/html;q=0", false),
            ("application/json, text/html;q=0.9", false), ("application/json;q=0.5, text/html;q=0.5", true), ("nonsense, text/html", false),
        ] as [(String?, Bool)])
    func pages(accept: String?, isWanted: Bool) {
        #expect(request(accept.map { [.accept: $0] } ?? [:]).prefersHTML == isWanted)
    }

    @Test(
        arguments: [
            (#""v1""#, true, true), (#"W/"v1""#, true, false), (#""a", "v1""#, true, true), (#""a,b",W/"v1""#, true, false),
            ("*", true, true),
            (#""v1-gzip""#, false, false), (#""a,"v1""#, false, false), ("v1", false, false), (#"*, "a""#, false, false),
            (#"w/"v1""#, false, false),
            (#""a\", "v1""#, true, true), ("", false, false),
        ] as [(String, Bool, Bool)])
    func entityTags(header: String, weakly: Bool, strongly: Bool) {
        #expect(EntityTag("v1").isNamed(by: header, weakly: true) == weakly)
        #expect(EntityTag("v1").isNamed(by: header, weakly: false) == strongly)
    }

    /// What was read compressed may be changed, and need not be read again by whoever takes it so.
    @Test func versionsReadCompressed() throws {
        let tag = EntityTag("v1")
        #expect(tag.gzipped.description == #""v1-gzip""#)
        try request([.ifMatch: tag.gzipped.description]).requireMatch(tag)
        #expect(throws: Problem.self) { try request([.ifMatch: #""v2-gzip""#]).requireMatch(tag) }
        #expect(request([.ifNoneMatch: tag.gzipped.description, .acceptEncoding: "gzip"]).isCurrent(tag))
        #expect(!request([.ifNoneMatch: tag.gzipped.description]).isCurrent(tag))
    }

    private func request(_ headers: HTTPFields) -> Request {
        Request(
            head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/", headerFields: headers),
            body: RequestBody(buffer: .init()))
    }
}
