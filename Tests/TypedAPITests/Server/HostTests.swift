import Testing

@testable import TypedAPI

@Suite struct HostTests {
    @Test(arguments: [
        "", "x", "example.com", "example.com:8080", "EXAMPLE.com:", "10.0.0.1:1", "[::1]", "[::ffff:10.0.0.1]", "[::1]:65535",
        "b%C3%BCcher",
        "a_b.c-d~e!$&'()*+,;=",
    ])
    func sound(host: String) { #expect(HeadSensor.isHost(host)) }

    @Test(arguments: [
        "a b", "a/b", "http://a", "user@a", "a:b", "a:65536", "a:123456", "a:1:2", "a:-1", "[::1", "[]", "[::1]x", "::1", "a\\b", "a%2",
        "a%zz",
        "b\u{FC}cher", "a\u{0}", "a?", "a#", "<a>",
    ])
    func unsound(host: String) { #expect(!HeadSensor.isHost(host)) }
}
