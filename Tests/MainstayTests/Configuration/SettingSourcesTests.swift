import Foundation
import JSON
import Logging
import Primitives
import Testing

@testable import Mainstay

@Suite("Sources of settings") struct SettingSourcesTests {
    private static let complete = [
        "DATABASE_URL": "postgres://mainstay:secret@localhost/mainstay", "REDIS_URL": "redis://localhost:6379",
        "BETTER_AUTH_SECRET": String(repeating: "s", count: 32), "ENCRYPTION_KEYS": "1:" + Base64.encode([UInt8](repeating: 1, count: 32)),
    ]

    private func sources(
        _ mode: ConfigurationMode = .serve, arguments: [String] = [], set: [String] = [], environment: [String: String] = [:],
        file: String? = nil
    ) -> SettingSources {
        SettingSources(
            mode: mode, arguments: SettingArguments(arguments, assignments: set),
            environment: Self.complete.merging(environment) { $1 }, file: file.map { DotEnv(path: ".env", text: $0) })
    }

    private func origin(_ name: String, _ sources: SettingSources) -> SettingOrigin? {
        SettingsReport(sources).entries.first { $0.setting.name == name }?.origin
    }

    @Test("The command line goes before the environment, that before .env, that before what dev makes, that before the default")
    func precedence() throws {
        var all = sources(.dev, arguments: ["--port", "1"], set: ["PORT=2"], environment: ["PORT": "3"], file: "\nPORT=4\n")
        #expect(try all.configuration().port == 1 && origin("PORT", all) == .commandLine(option: "--port"))
        all = sources(.dev, set: ["PORT=2"], environment: ["PORT": "3"], file: "\nPORT=4\n")
        #expect(try all.configuration().port == 2 && origin("PORT", all) == .commandLine(option: "--set"))
        all = sources(.dev, environment: ["PORT": "3"], file: "\nPORT=4\n")
        #expect(try all.configuration().port == 3 && origin("PORT", all) == .environment(name: "PORT"))
        all = sources(.dev, file: "\nPORT=4\n")
        #expect(try all.configuration().port == 4 && origin("PORT", all) == .file(path: ".env", line: 2))
        all = sources(.dev)
        #expect(try all.configuration().port == 3000 && origin("PORT", all) == .fallback)

        let made = ["DATABASE_URL": "postgres://made/x", "REDIS_URL": "redis://made", "PORT": "5"]
        all = sources(.dev, environment: ["DATABASE_URL": "", "PORT": ""]).adding(made: made)
        let configuration = try all.configuration()
        #expect(configuration.databaseURL == "postgres://made/x" && configuration.redisURL == "redis://localhost:6379")
        #expect(configuration.port == 3000, "dev makes only what the table says it makes")
        #expect(origin("DATABASE_URL", all) == .made("its private PostgreSQL server"))
    }

    @Test("What is empty counts as not set, wherever it is")
    func empty() throws {
        let all = sources(arguments: ["--port="], environment: ["PORT": ""], file: "PORT=4")
        #expect(try all.configuration().port == 4)
        #expect(sources(environment: ["REDIS_URL": ""]).isSet("REDIS_URL") == false && sources().isSet("REDIS_URL"))
    }

    @Test("Modes have defaults of their own")
    func modes() throws {
        #expect(try sources(.dev).configuration().logLevel == .notice && sources(.worker).configuration().logLevel == .info)
        #expect(try sources(.dev).configuration().outgoingAllow.count == 1 && sources(.serve).configuration().outgoingAllow.isEmpty)
        #expect(SettingSources(mode: .dev).problems.isEmpty, "dev needs nothing")
        #expect(
            SettingSources(mode: .serve).problems.map(\.name) == ["DATABASE_URL", "REDIS_URL", "BETTER_AUTH_SECRET", "ENCRYPTION_KEYS"])
    }

    @Test("Every problem at once, each with where it came from and an example, and never a value")
    func problems() throws {
        let all = SettingSources(
            mode: .serve,
            arguments: SettingArguments(
                [
                    "--worker-concurrency", "hunter2", "--prot", "hunter2", "--redis-url", "hunter2", "--databse-url",
                    "postgres://u:hunter2@h",
                ],
                assignments: ["hunter2", "LOG_LEVLE=hunter2"]),
            environment: ["BETTER_AUTH_SECRET": "hunter2", "BETTER_AUTH_URL": "hunter2"],
            file: DotEnv(path: ".env", text: "ENCRYPTION_KEYS=hunter2\nPOOL_MAX='hunter2\nSHUTDOWN_GRACE=hunter2 # soon\n"))
        let error = try #require(throws: ConfigurationError.self) { try all.configuration() }
        let text = "\(error)"
        #expect(!text.contains("hunter2"), "\(text)")
        for line in [
            "WORKER_CONCURRENCY (from the command line, --worker-concurrency) must be a whole number from 1 to 10000, such as 200",
            "--prot is no option; did you mean --port?", "--databse-url is no option; did you mean --database-url?",
            "--set must be followed by NAME=value, such as PORT=8080", "--set LOG_LEVLE is no setting; did you mean LOG_LEVEL?",
            "REDIS_URL (from the command line, --redis-url) must be a redis://, rediss:// or redis+unix:// URL, such as redis://localhost:6379/0",
            "BETTER_AUTH_SECRET (from the environment, BETTER_AUTH_SECRET) must be at least 32 characters, such as the output of: openssl",
            "BASE_URL (from the environment, BETTER_AUTH_URL) must be an http or https origin",
            "ENCRYPTION_KEYS (from .env, line 1) must be",
            "POOL_MAX (from .env, line 2) begins a quotation that does not end", "SHUTDOWN_GRACE (from .env, line 3) must be an ISO 8601",
            "DATABASE_URL is not set; it must be a PostgreSQL URL, such as postgresql://",
        ] {
            #expect(text.contains(line), "\(line)\n\(text)")
        }
        #expect(error.problems.count == 12)
    }

    @Test("A word where none belongs is shown only if it looks like a command")
    func words() {
        var arguments = SettingArguments(["dev", "postgres://u:hunter2@h", "--port", "1"])
        #expect(arguments.words.count == 2 && arguments.problems.isEmpty)
        arguments.refuseWords()
        #expect(arguments.problems.map(\.name) == ["dev", "an argument"])
    }

    @Test("Options take their value behind = or a space, the last one counting; values may hold = and commas")
    func options() {
        let arguments = SettingArguments(["--encryption-keys=2:a==,1:b==", "--port", "-1", "--port", "2", "--host", "--base-url"])
        #expect(arguments.entries["ENCRYPTION_KEYS"]?.value == "2:a==,1:b==" && arguments.entries["PORT"]?.value == "2")
        #expect(arguments.problems.map(\.name) == ["--host", "--base-url"])
        #expect(arguments.problems.allSatisfy { $0.message == "must be followed by a value" })
    }

    @Test("Names that look like slips of ours are pointed out, unless the right one is set; others are nobody's business")
    func warnings() {
        let all = sources(
            arguments: ["--redis-url", "redis://h"],
            environment: ["LOG_LEVLE": "debug", "DATABSE_URL": "x", "POST": "x", "HOSTNAME": "x", "PATH": "x"],
            file: "POOL_MX=1\nREACT_APP_URL=x\nnonsense\n")
        #expect(
            all.warnings == [
                "the environment, LOG_LEVLE is no setting; did you mean LOG_LEVEL?",
                ".env, line 1, POOL_MX is no setting; did you mean POOL_MAX?",
                ".env, line 3, is not NAME=value",
                "REDIS_URL is on the command line, where every user of this machine can read it; set it in the environment or in .env",
            ])
    }

    @Test("Our names in other letters, or under the program's, are slips too; an error says what may be its reason")
    func otherSpellings() throws {
        let file = DotEnv(path: ".env", text: "Database_Url=x\nNOTE=\"\nREDIS_URL=y\n\"\nmainstay_host=x\nMAINSTAY_SEED=1\nhostname=x\n")
        let all = SettingSources(mode: .serve, environment: ["pool_max": "1", "MAINSTAY_PORT": "1", "MAINSTAY_PORTS": "1"], file: file)
        let hints = [
            "the environment, MAINSTAY_PORT is no setting; did you mean PORT?",
            "the environment, pool_max is no setting; did you mean POOL_MAX?",
            ".env, line 1, Database_Url is no setting; did you mean DATABASE_URL?",
            ".env, line 5, mainstay_host is no setting; did you mean HOST?",
            ".env, line 3, sets nothing: REDIS_URL is within the quotation that begins on line 2",
        ]
        #expect(all.warnings == hints)
        let error = try #require(throws: ConfigurationError.self) { try all.configuration() }
        #expect(
            "\(error)".hasSuffix("\n  " + hints.joined(separator: "\n  "))
                && "\(error)".contains("has 4 problems:\n  DATABASE_URL is not set"))
        #expect(sources(file: "PORT: 80\n").problems.map { "\($0)" } == ["PORT (from .env, line 1) is not NAME=value"])
        #expect(sources(environment: ["PORT": "1", "port": "2"]).warnings.isEmpty, "the right one is set")
        #expect(sources(environment: ["MAINSTAY_PORT": "tcp://10.0.0.1:80"]).warnings.isEmpty, "Kubernetes sets it")
    }

    @Test("The report masks secrets, shows origins, and says what is missing")
    func report() throws {
        let all = sources(
            environment: ["METRICS_TOKEN": "token-hunter2-token", "REDIS_URL": ""], file: "BASE_URL=postgres://u:hunter2@h\nHOST=::\n")
        let json = SettingsReport(all).json
        let text = json.text()
        #expect(!text.contains("hunter2") && !text.contains("secret@") && !text.contains("ssss"), "\(text)")
        func entry(_ name: String) -> JSONValue? { json["settings"]?.array?.first { $0["name"]?.string == name } }
        #expect(entry("DATABASE_URL")?["value"]?.string == "postgresql://mainstay:***@localhost:5432/mainstay")
        #expect(entry("METRICS_TOKEN")?["value"]?.string == "set (19 characters)")
        #expect(entry("HOST")?["origin"] == ["kind": "file", "file": ".env", "line": 2])
        #expect(entry("REDIS_URL")?["value"] == .null && entry("REDIS_URL")?["problem"]?.string?.hasPrefix("is not set") == true)
        #expect(entry("BASE_URL")?["problem"]?.string != nil)
        #expect(json["valid"] == false && json["problems"]?.array?.count == 2)
        #expect(SettingsReport(sources()).json["valid"] == true)
    }

    @Test("One unfinished quotation is one problem: nothing it might have held is missing, nor is its own setting")
    func oneMistakeOneProblem() throws {
        let file = DotEnv(
            path: ".env",
            text: """
                DATABASE_URL="postgres://u:hunter2@h/db
                REDIS_URL="redis://h"
                BETTER_AUTH_SECRET='\(String(repeating: "s", count: 32))'
                ENCRYPTION_KEYS="1:\(Base64.encode([UInt8](repeating: 1, count: 32)))"
                """)
        for mode in ConfigurationMode.allCases {
            let all = SettingSources(mode: mode, file: file)
            #expect(
                all.problems == [
                    .init(name: "DATABASE_URL", origin: .file(path: ".env", line: 1), message: "begins a quotation that does not end")
                ])
            #expect(all.warnings.isEmpty && all.isSet("DATABASE_URL"), "somebody set it, if wrongly")
            let error = #expect(throws: ConfigurationError.self) { try all.databaseURL() }
            #expect(error?.problems.count == 1)
            #expect(SettingsReport(all).json["problems"]?.array?.count == 1)
        }
    }

    @Test("The report shows what the program uses, however it was written")
    func reportOfEffectiveValues() throws {
        let all = sources(
            environment: [
                "DATABASE_URL": "postgres://mainstay:secret@DB.example/app?application_name=a%20b", "REDIS_URL": "rediss://:secret@cache",
                "SMTP_URL": "smtp://user:secret@Mail.example", "PORT": "+080", "HOST": "::1", "POOL_MAX": "007",
                "BETTER_AUTH_TRUSTED_ORIGINS": " HTTPS://App.example.com:443/ , https://*.Example.org,", "CORS_ORIGINS": " , ",
                "TRUSTED_PROXIES": "10.0.0.1/32, FD00:0::/8", "OUTGOING_ALLOW": "Hooks.Internal., 10.1.2.3", "REQUEST_TIMEOUT": "PT90S",
                "SHUTDOWN_GRACE": "PT0.50S", "MAIL_TEMPLATES": "/etc/../etc/mail/", "AUTH_RATE_LIMIT": "ON", "LOG_LEVEL": "DEBUG",
                "LOG_FORMAT": "JSON",
            ])
        let configuration = try all.configuration()
        let entries = SettingsReport(all).entries
        let shown = Dictionary(entries.map { ($0.setting.name, $0.shown) }) { $1 }
        for (name, value) in [
            "REDIS_URL": "rediss://:***@cache:6379/0", "SMTP_URL": "smtp://user:***@mail.example:587?tls=starttls", "PORT": "80",
            "POOL_MAX": "7", "BASE_URL": configuration.baseURL, "MAIL_FROM": "Mainstay <mainstay@localhost>", "CORS_ORIGINS": "none",
            "BETTER_AUTH_TRUSTED_ORIGINS": "https://app.example.com,https://*.Example.org", "TRUSTED_PROXIES": "10.0.0.1,fd00::/8",
            "OUTGOING_ALLOW": "hooks.internal,10.1.2.3", "REQUEST_TIMEOUT": "PT1M30S", "SHUTDOWN_GRACE": "PT0.5S",
            "MAIL_TEMPLATES": "/etc/mail", "AUTH_RATE_LIMIT": "on", "LOG_LEVEL": "debug", "LOG_FORMAT": "json",
            "BETTER_AUTH_SECRET": "set (32 characters)", "ENCRYPTION_KEYS": "set (46 characters)",
        ] {
            #expect(shown[name] == value)
        }
        #expect(
            shown["DATABASE_URL"]?.hasPrefix("postgresql://mainstay:***@DB.example:5432/app?application_name=a%20b&sslmode=verify-full")
                == true)
        #expect(configuration.baseURL == "http://[::1]" && configuration.mailTemplates == "/etc/mail")
        #expect(entries.first { $0.setting.name == "POOL_MAX" }?.effect == "16 for each process")
        #expect(entries.first { $0.setting.name == "CORS_ORIGINS" }?.hasValue == false)
        #expect(entries.first { $0.setting.name == "REQUEST_TIMEOUT" }?.origin == .environment(name: "REQUEST_TIMEOUT"))
    }

    @Test("The report shows no value that cannot be used, however open its setting is, and no default in its place")
    func reportOfInvalidValues() throws {
        let all = sources(
            arguments: ["--host", "127.0.0.2"], environment: ["PORT": "hunter2", "METRICS_TOKEN": "hunter2"],
            file: "PORT=4000\nHOST='x'hunter2\nPOOL_MAX='hunter2\n")
        let report = SettingsReport(all)
        #expect(!report.json.text().contains("hunter2"))
        func entry(_ name: String) throws -> SettingsReport.Entry { try #require(report.entries.first { $0.setting.name == name }) }
        #expect(try entry("PORT").shown == "not valid (7 characters)")
        #expect(try entry("PORT").origin == .environment(name: "PORT"))
        #expect(try entry("METRICS_TOKEN").shown == "not valid (7 characters)")
        #expect(try entry("POOL_MAX").shown == "not valid")
        #expect(try entry("POOL_MAX").origin == .file(path: ".env", line: 3))
        // What is asked before the file counts, whatever stands there; the file's trouble is among the problems all the same.
        #expect(try entry("HOST").shown == "127.0.0.2" && entry("HOST").problem == nil)
        for name in ["PORT", "METRICS_TOKEN", "POOL_MAX"] {
            #expect(try !entry(name).hasValue && entry(name).problem != nil)
        }
        // What follows from a value that cannot be used is none either.
        #expect(try !entry("BASE_URL").hasValue)
        #expect(report.problems.count == 4)
    }
}
