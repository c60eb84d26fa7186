import LinearRegex
import Testing

@Suite struct RE2Tests {
    @Test(arguments: [
        ("(?i)straße", "STRAßE", true), ("(?i)k", "\u{212A}", true), ("a.c", "a\nc", false), ("(?s)a.c", "a\nc", true),
        ("(?m)^b$", "a\nb\nc", true),
        ("^b$", "a\nb\nc", false), (#"\bfoo\b"#, "a foo b", true), (#"\bfoo\b"#, "afoob", false), (#"\Bo"#, "fo", true),
        (#"\Aab\z"#, "ab", true),
        ("(?P<year>\\d{4})-(?<m>\\d\\d)", "2026-12", true), ("[[:alpha:]]+[[:^digit:]]", "ab", true), (#"^\p{Greek}+$"#, "αβγ", true),
        (#"^\pL+$"#, "aß漢", true), (#"^\P{Lu}+$"#, "aB", false), (#"^\Qa.b\E$"#, "a.b", true), (#"^\Qa.b\E$"#, "axb", false),
        ("a{,2}", "a{,2}", true),
        ("^a{2,3}?$", "aaaa", false), ("(?i:A)b", "ab", true), ("(?i:A)b", "aB", false), (#"\x{1F600}"#, "😀", true),
        ("[^\\d\\s]", "1 2", false),
        ("[]a]", "]", true), ("x*", "", true), ("(|a)+", "b", true), ("a||b", "", true),
    ]) func theExpressionMatchesOrNot(_ expression: String, _ text: String, _ matches: Bool) throws {
        #expect(try Pattern(expression, syntax: .re2).matches(text) == matches)
    }

    @Test(arguments: [
        "(", ")", "[", "a**", "*", "(?=a)", "(?<!a)", "(?<=a)", #"\1"#, #"\pX"#, "a{1001}", "(a{1000}){1000}", "[b-a]", "\\",
        "(?P<n>a)(?P<n>b)", "(?i",
    ])
    func theExpressionIsRefused(_ expression: String) { #expect(throws: PatternError.self) { try Pattern(expression, syntax: .re2) } }

    @Test(arguments: ["^(a+)+$", "^(a|aa)+$", "^(a|a?)+$", "^(.*a){20}$", "(a*)*b", "^([a-zA-Z]+)*$"]) func evilPatternsAreLinear(
        _ expression: String
    ) throws {
        let pattern = try Pattern(expression, syntax: .re2)
        func time(_ count: Int) -> Duration {
            let text = String(repeating: "a", count: count) + "!"
            return (0..<5).map { _ in ContinuousClock().measure { _ = pattern.matches(text) } }.min() ?? .zero
        }
        _ = time(1000)
        // Sixteen times the text: far from the 256 times of a quadratic one.
        #expect(time(8000) < max(time(500) * 160, .milliseconds(5)))
    }
}
