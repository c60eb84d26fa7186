import LinearRegex
import Testing

@testable import TypedAPI

@Suite struct TextRuleTests {
    @Test(
        "Formats take what they name, and nothing else",
        arguments: [
            (
                TextFormat.email, ["a@b.co", "a.b+c@sub.example.org"],
                ["a@b", "@b.co", "a..b@c.de", ".a@b.co", "a b@c.de", "a@-b.co", "a@b.co\n", "é@b.co"]
            ),
            (.uri, ["mailto:a@b", "urn:x:y", "https://a/b?c#d"], ["a", "//a", "1:a", "a:b c", "a:%2", "a:#b#c", "http://é"]),
            (
                .httpURL, ["http://a", "HTTPS://a.b:443/c?d", "http://[::1]:80/"],
                ["ftp://a", "http://", "http:///a", "http://a:99999", "http://[1]", "http:a"]
            ),
            (.uuid, ["0190b2a0-0000-7000-8000-000000000000"], ["0190b2a000007000800000000000000", "g190b2a0-0000-7000-8000-000000000000"]),
            (.date, ["2024-02-29"], ["2026-02-29", "2026-1-1", "2026-01-01T"]),
            (.time, ["10:00:00Z", "10:00:00.5+01:00"], ["10:00", "24:00:00Z"]),
            (.dateTime, ["2026-11-22T10:00:00Z"], ["2026-11-22", "2026-11-22T10:00:60Z"]),
            (.duration, ["PT5M", "P1DT2H"], ["P1Y", "5m", "PT"]),
            (.hostname, ["a", "a-b.c"], ["-a", "a-", "a..b", "", "a_b"]), (.ipv4, ["1.2.3.4"], ["1.2.3", "01.2.3.4", "::1"]),
            (.ipv6, ["::1"], ["1.2.3.4", ":::"]),
            (.ip, ["::1", "1.2.3.4"], ["a"]), (.cidr, ["10.0.0.0/8"], ["10.0.0.1/8", "10.0.0.0"]),
            (.base64, ["YQ==", ""], ["YQ=", "YQ", "Y-=="]),
            (.base64URL, ["Y-_", "YQ"], ["YQ==", "Y", "+/"]), (.hex, ["00ff", ""], ["0", "0g"]),
            (.e164, ["+4915112345678"], ["4915112345678", "+01234567", "+12"]),
            (.json, ["[1]"], ["[1"]),
            (.typeID("proj"), ["proj_01h455vb4pex5vsknk084sn02q"], ["proj_81h455vb4pex5vsknk084sn02q", "msg_01h455vb4pex5vsknk084sn02q"]),
        ])
    func formats(format: TextFormat, good: [String], bad: [String]) {
        for text in good { #expect(format.check(text), "\(format.name) \(text)") }
        for text in bad { #expect(!format.check(text), "\(format.name) \(text)") }
    }

    @Test(
        "Patterns match as JSON Schema's do",
        arguments: [
            ("^[a-z]+$", ["a", "abc"], ["", "A", "a1", "a\n"]), ("b", ["abc"], ["ac"]), ("^(a|bc)*$", ["", "abca"], ["ab"]),
            ("^a{2,3}$", ["aa", "aaa"], ["a", "aaaa"]),
            ("^a{2}b?$", ["aa", "aab"], ["a", "aabb"]), ("^a{2,}$", ["aa", "aaaaa"], ["a"]),
            (#"^\d{4}-\d{2}$"#, ["2026-11"], ["２０２６-11", "2026-1"]),
            (#"^\w+\s\S$"#, ["ab c"], ["ab  "]), ("^[^a-c]$", ["d", "é"], ["a", "dd"]), (#"^[\w.-]+@x\.y$"#, ["a.b-c@x.y"], ["a@xzy"]),
            ("^.$", ["é", "😀"], ["", "\n"]),
            (#"^[\]\\]$"#, ["]", "\\"], ["["]), (#"^\u0041\x42$"#, ["AB"], ["A"]), ("^(?:ab)+?$", ["abab"], ["aba"]), ("^$", [""], ["a"]),
            ("a|^b$", ["xa", "b"], ["xb"]),
        ])
    func patterns(expression: String, good: [String], bad: [String]) throws {
        let pattern = try Pattern(expression)
        for text in good { #expect(pattern.matches(text), "\(expression) \(text)") }
        for text in bad { #expect(!pattern.matches(text), "\(expression) \(text)") }
    }

    @Test(
        "Patterns that cannot be had in linear time, or are none, are refused",
        arguments: ["(", ")", "[a", "*", "a{", "a{3,2}", #"(a)\1"#, "(?=a)", #"\p{L}"#, #"\"#, "(a{1000}){1000}", "[z-a]"])
    func refusedPatterns(expression: String) {
        #expect(throws: PatternError.self) { try Pattern(expression) }
    }

    @Test("A text that makes other matchers slow does not")
    func linear() throws {
        #expect(try !Pattern("^(a+)+$").matches(String(repeating: "a", count: 20_000) + "b"))
        #expect(try !Pattern("(x+x+)+y").matches(String(repeating: "x", count: 20_000)))
    }
}
