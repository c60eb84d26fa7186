import Testing

@testable import Mainstay

@Suite("Types of settings") struct SettingTypesTests {
    @Test(
        "Only addresses and blocks are proxies",
        arguments: ["10.0.0.1/8", "10.0.0.0/33", "proxy.internal", "10.0.0.0/", "10.0.0.0/+8", "/8"])
    func proxiesRefused(text: String) {
        #expect(throws: MalformedValue.self) { try Settings.trustedProxies.parse(text) }
    }

    @Test(
        "Origins are written as browsers write them",
        arguments: [
            ("https://App.Example.com", "https://app.example.com"), ("https://a.example/", "https://a.example"),
            ("https://a.example:443", "https://a.example"), ("http://a.example:443", "http://a.example:443"),
            ("http://localhost:5173", "http://localhost:5173"), ("http://[::1]:80", "http://[::1]"), ("http://10.0.0.1", "http://10.0.0.1"),
            ("https://a.example/path", nil), ("https://a.example?q", nil), ("https://a.example#f", nil), ("https://u@a.example", nil),
            ("ftp://a.example", nil), ("https://", nil), ("a.example", nil), ("https://*.example", nil), ("https://a b", nil),
            ("https://a.example:0", nil), ("https://a.example:99999", nil), ("null", nil), ("*", nil),
        ] as [(String, String?)])
    func origins(text: String, origin: String?) { #expect(WebOrigin.canonical(text) == origin) }

    @Test("A pattern of origins names somebody", arguments: ["*", "https://*", "*.*", "??", "https://*:*", "https://*.example org"])
    func patternsRefused(text: String) {
        #expect(throws: MalformedValue.self) { try Settings.trustedOrigins.parse(text) }
    }

    @Test("A list says which entry is wrong")
    func lists() throws {
        let error = try #require(throws: MalformedValue.self) { try Settings.corsOrigins.parse("https://a.example, nonsense ,") }
        #expect(error.reason == "entry 2 of 2 is not")
        #expect(try Settings.corsOrigins.parse(" , ").isEmpty)
        #expect(
            try Settings.trustedOrigins.parse("https://*.Example.org,https://A.example") == ["https://*.Example.org", "https://a.example"])
    }

    @Test(
        "Slips of the fingers are recognized, other words are not",
        arguments: [
            ("DATABSE_URL", "DATABASE_URL"), ("LOG_LEVLE", "LOG_LEVEL"), ("POOL_MAXX", "POOL_MAX"), ("PROT", nil), ("POST", nil),
            ("HOSTS", "HOST"),
            ("HOST", nil), ("DATABASE_USER", nil), ("LANG", nil), ("BASE_URI", "BASE_URL"), ("REDIS_URLS", "REDIS_URL"),
        ] as [(String, String?)])
    func slips(name: String, meant: String?) {
        #expect(NameSuggestion.nearest(to: name, among: Settings.allNames) == meant)
    }
}
