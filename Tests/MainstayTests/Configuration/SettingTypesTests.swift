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
        "A store's URL is shown as its client reads it, or as it stands where people may read it differently",
        arguments: [
            ("postgres://u:p@h:1/x?sslmode=disable", "postgresql://u:***@h:1/x?sslmode=disable"),
            ("postgres://h/x?user=u&password=p&sslmode=disable", "postgresql://u:***@h:5432/x?sslmode=disable"),
            ("postgres://u:p@h1,h2:2,h3/x?sslmode=disable", "postgresql://u:***@h1:5432,h2:2,h3:5432/x?sslmode=disable"),
            ("postgres://a%40b:%2F@[::1]:1/c%20d", "postgresql://a%40b:***@[::1]:1/c%20d"),
            ("postgres://u@localhost", "postgresql://u@localhost:5432/u"),
            ("postgres:///x?host=/run", "postgres:///x?host=/run"), ("postgres://u:p@/x", "postgres://u:***@/x"),
            ("postgres://u:p@,h2/x", "postgres://u:***@,h2/x"), ("postgres://u:a@b@h/x", "postgres://u:***@h/x"),
        ])
    func databases(text: String, shown: String) throws {
        #expect(SecretMask.show(try Settings.databaseURL.declaration.effective(text), of: Settings.databaseURL.declaration) == shown)
    }

    @Test(
        "Redis's URL is shown as its client reads it",
        arguments: [
            ("redis://h", "redis://h:6379/0"), ("redis://:p@[::1]/3", "redis://:***@[::1]:6379/3"),
            ("redis://a%40b:p@h?db=2&protocol=2", "redis://a%40b:***@h:6379/2?protocol=2"),
            ("unix:///run/r?db=2", "redis+unix:///run/r?db=2"),
            ("unix://:p@/run/r", "redis+unix://:***@/run/r?db=0"), ("redis://u:a@b@h", "redis://u:***@h"),
        ])
    func redis(text: String, shown: String) throws {
        #expect(SecretMask.show(try Settings.redisURL.declaration.effective(text), of: Settings.redisURL.declaration) == shown)
    }

    @Test(
        "The mail server's URL is shown with its port and how it is protected",
        arguments: [
            ("smtps://u:p@H", "smtps://u:***@h:465"), ("smtp://h", "smtp://h:587?tls=starttls"),
            ("smtp://[::1]:25", "smtp://[::1]:25?tls=opportunistic"),
            ("smtp://h:25?tls=none", "smtp://h:25?tls=none"),
        ])
    func mailServers(text: String, shown: String) throws {
        #expect(SecretMask.show(try Settings.smtpURL.declaration.effective(text), of: Settings.smtpURL.declaration) == shown)
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
