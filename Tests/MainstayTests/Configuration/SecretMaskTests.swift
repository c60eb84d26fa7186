import Testing

@testable import Mainstay

@Suite("Masking") struct SecretMaskTests {
    @Test(
        "URLs keep what is harmless",
        arguments: [
            ("postgresql://user:hunter2@host:5432/db?sslmode=require", "postgresql://user:***@host:5432/db?sslmode=require"),
            ("postgresql://user@host/db", "postgresql://user@host/db"),
            ("postgresql:///db?host=/run&user=u&password=hunter2", "postgresql:///db?host=/run&user=u&password=***"),
            ("redis://:hunter2@host/1", "redis://:***@host/1"), ("redis://host/1?db=2", "redis://host/1?db=2"),
            ("redis+unix://u:hunter2@/run/redis.sock?db=3", "redis+unix://u:***@/run/redis.sock?db=3"),
            ("redis://hunter2@host", "redis://***@host"),
        ])
    func urls(text: String, shown: String) { #expect(SecretMask.url(text) == shown) }

    @Test(
        "No part of a password shows, however badly it is written",
        arguments: [
            "postgres://u:hunter2@hunter2@h/db", "postgres://u:hunter2?hunter2@h/db", "postgres://u:hun#hunter2@h",
            "redis://u:hunter2/hunter2@h",
            "postgres://h/db?password=hunter2&user=a@b", "postgres://h:1/db?sslpassword=hunter2&user=a@b", "redis://hunter2", "hunter2",
            "mysql://u:hunter2@h", "postgres://u:%hunter2@h", "postgres://h/db?options=x@y&passfile=hunter2",
            "postgres://h/db?options=-cfoo=hunter2", "postgres://user%3Ahunter2@h/db", "postgres://h/db%3Fpassword=hunter2",
            "postgres://h/postgres%3A%2F%2Fu%3Ahunter2%40h", "postgres://h/db?dbname=postgres://u:hunter2@h/d",
            "postgres://h?dbname=postgres%3A%2F%2Fu%3Ahunter2%40h",
            "https://u:hunter2@h,https://a:hunter2@b",
        ])
    func passwords(text: String) {
        for setting in [Settings.databaseURL.declaration, Settings.redisURL.declaration] {
            // A lone host is shown; `redis://hunter2` means one.
            if text == "redis://hunter2", setting.name == "REDIS_URL" { continue }
            #expect(!SecretMask.show(text, of: setting).contains("hunter2"))
            #expect(!SecretMask.show((try? setting.effective(text)) ?? text, of: setting).contains("hunter2"))
        }
        if text.contains("@") { #expect(!SecretMask.show(text, of: Settings.baseURL.declaration).contains("hunter2")) }
    }

    @Test("Secrets show their length alone; what is shown moves no cursor")
    func others() {
        #expect(SecretMask.show("hunter2", of: Settings.authSecret.declaration) == "set (7 characters)")
        #expect(SecretMask.show("a\u{1B}[2J", of: Settings.host.declaration) == "a\u{FFFD}[2J")
    }
}
