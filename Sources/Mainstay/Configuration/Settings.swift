import Foundation
import HTTPDelivery
import Logging
import Mail
import Primitives

/// Every setting there is: the one table from which everything else about settings derives.
public enum Settings {
    static let databaseURL = Setting(
        "DATABASE_URL", .postgresURL, default: .required, dev: .made("its private PostgreSQL server"),
        example: .value("postgresql://mainstay:password@localhost:5432/mainstay"), privacy: .url,
        "PostgreSQL 14 or newer, as the database's owner; past any pooler.")

    static let redisURL = Setting(
        "REDIS_URL", .redisURL, default: .required, dev: .made("its private Redis server"),
        example: .value("redis://localhost:6379/0"), privacy: .url,
        "Redis 6.2 or newer.")

    static let authSecret = Setting(
        "BETTER_AUTH_SECRET", .secret(minimum: 32), default: .required, dev: .made("made once and kept"),
        example: .output(of: "openssl rand -base64 48"), privacy: .secret,
        "Signs session cookies; changing it signs everybody out.")

    static let encryptionKeys = Setting(
        "ENCRYPTION_KEYS", .encryptionKeys, default: .required, dev: .made("made once and kept"),
        example: .output(of: #"echo "1:$(openssl rand -base64 32)""#), privacy: .secret,
        "Seal secrets in the database: the first seals, every one opens. To rotate, put `2:…,` in front.")

    static let host = Setting(
        "HOST", .listeningHost, default: .value("127.0.0.1"), example: .value("0.0.0.0"),
        "Address to listen on.")

    static let port = Setting(
        "PORT", .integer(in: 1...65535), default: .value("3000"), example: .value("8080"),
        "Port to listen on.")

    static let baseURL = Setting(
        "BASE_URL", or: ["BETTER_AUTH_URL"], .origin, default: .derived("`http://HOST:PORT`", listeningOrigin),
        example: .value("https://mainstay.example.com"),
        "Public origin, as browsers and programs see it.")

    static let trustedOrigins = Setting(
        "BETTER_AUTH_TRUSTED_ORIGINS", .list(of: "origins, `*` standing for any characters", writing: \.self, trustedOrigin),
        default: .value(""),
        example: .value("https://app.example.com,https://*.example.org"),
        "Origins that may call with cookies, besides `BASE_URL`.")

    static let corsOrigins = Setting(
        "CORS_ORIGINS", .list(of: "origins, or `*` for any", writing: \.self) { $0 == "*" ? $0 : WebOrigin.canonical($0) },
        default: .value(""),
        example: .value("https://app.example.com"),
        "Origins whose pages may call `/v1`, which takes keys and no cookies, from a browser.")

    static let trustedProxies = Setting(
        "TRUSTED_PROXIES", .list(of: "IP addresses and CIDR blocks", writing: \.description) { AddressBlock($0) }, default: .value(""),
        example: .value("10.0.0.0/8,fd00::/8"),
        "Proxies whose `X-Forwarded-For` is believed; without any, a client's address is the socket's.")

    static let requestTimeout = Setting(
        "REQUEST_TIMEOUT", .duration(in: .seconds(1) ... .seconds(600)), default: .value("PT20S"), example: .value("PT30S"),
        "How long one request may take before it is answered 503.")

    static let metricsToken = Setting(
        "METRICS_TOKEN", .token(16...500), default: .absent("`/metrics` is open"), example: .output(of: "openssl rand -hex 24"),
        privacy: .secret,
        "Bearer token that `/metrics` asks for.")

    static let metricsPort = Setting(
        "METRICS_PORT", .integer(in: 1...65535), default: .absent("it does not"), example: .value("9090"),
        "Port on which a `worker` answers `/health`, `/ready` and `/metrics`; `serve` and `dev` answer them on `PORT`.")

    static let outgoingAllow = Setting(
        "OUTGOING_ALLOW", .list(of: "CIDR blocks, addresses and host names", writing: \.canonical) { try? AllowedDestination($0) },
        default: .value(""),
        dev: .value("127.0.0.0/8"), example: .value("10.0.0.0/8,hooks.internal"),
        "Destinations that deliveries may reach although their addresses are not public.")

    static let workerConcurrency = Setting(
        "WORKER_CONCURRENCY", .integer(in: 1...10_000), default: .value("50"), example: .value("200"),
        "Deliveries under way at once in one worker.")

    static let connectionsPerHost = Setting(
        "OUTGOING_CONNECTIONS_PER_HOST", .integer(in: 1...10_000), default: .absent("as many as WORKER_CONCURRENCY"), example: .value("32"),
        "Deliveries under way at once from one worker to one scheme, host and port.")

    static let maximumPoolSize = Setting(
        "POOL_MAX", .integer(in: 1...1000), default: .value("10"), example: .value("20"),
        "PostgreSQL connections of one pool; a process has two pools, and two connections more.",
        effect: { "\(Database.maximumConnections(poolSize: $0)) for each process" })

    static let shutdownGrace = Setting(
        "SHUTDOWN_GRACE", .duration(in: .zero ... .seconds(3600)), default: .value("PT25S"), example: .value("PT1M"),
        "How long a process that is told to end may finish what is in hand.")

    static let smtpURL = Setting(
        "SMTP_URL", .smtpURL, default: .absent("no mail is sent, and what needs it is off"),
        dev: .absent("mail is shown at `/dev/mail`"),
        example: .value("smtp://user:password@mail.example.com:587"), privacy: .url,
        "Server for outgoing mail: `smtps://`, or `smtp://` with STARTTLS.")

    static let mailFrom = Setting(
        "MAIL_FROM", .mailAddress,
        default: .derived("`Mainstay <mainstay@HOST>` with the host of `BASE_URL`", mailSender),
        example: .value("Mainstay <no-reply@example.com>"),
        "Whom mail comes from.")

    static let mailTemplates = Setting(
        "MAIL_TEMPLATES", .folder, default: .absent("mail says what Mainstay says"),
        example: .value("/etc/mainstay/mail"),
        "Folder with Mustache templates that replace Mainstay's own, such as `invitation.subject.mustache`.")

    static let authRateLimit = Setting(
        "AUTH_RATE_LIMIT", SettingKind<Switch>.choice, default: .value("on"), dev: .value("off"), example: .value("on"),
        "Whether one address may send only so many requests to the auth routes, such as three sign-ins in ten seconds.")

    static let logLevel = Setting(
        "LOG_LEVEL", SettingKind<Logger.Level>.choice, default: .value("info"), dev: .value("notice"), example: .value("debug"),
        "The least level that is logged.")

    static let logFormat = Setting(
        "LOG_FORMAT", SettingKind<LogFormat>.choice, default: .derived("`pretty` at a terminal, else `json`", terminalFormat),
        example: .value("json"),
        "How log lines look, on standard error.")

    static let slowQueries = Setting(
        "LOG_SLOW_QUERIES", .duration(in: .milliseconds(1) ... .seconds(600)), default: .absent("none is"), example: .value("PT0.1S"),
        "SQL statements that take so long are logged, and those that fail; never their values.")

    /// In the order in which they are shown.
    public static let all: [SettingDeclaration] = [
        databaseURL.declaration, redisURL.declaration, authSecret.declaration, encryptionKeys.declaration, host.declaration,
        port.declaration, baseURL.declaration, trustedOrigins.declaration, corsOrigins.declaration, trustedProxies.declaration,
        requestTimeout.declaration, metricsToken.declaration, metricsPort.declaration, outgoingAllow.declaration,
        connectionsPerHost.declaration, workerConcurrency.declaration, maximumPoolSize.declaration, shutdownGrace.declaration,
        smtpURL.declaration, mailFrom.declaration, mailTemplates.declaration, authRateLimit.declaration, logLevel.declaration,
        logFormat.declaration, slowQueries.declaration,
    ]

    /// The setting of that name, be it another name of it.
    static func named(_ name: String) -> SettingDeclaration? { all.first { $0.name == name || $0.otherNames.contains(name) } }

    static let allNames = all.flatMap { [$0.name] + $0.otherNames }

    private static let listeningOrigin: @Sendable (SettingsReader) -> String? = { reader in
        guard let host = try? reader.value(of: host), let port = try? reader.value(of: port) else { return nil }
        return "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    private static let mailSender: @Sendable (SettingsReader) -> String? = { reader in
        guard let url = try? reader.value(of: baseURL), let host = URLComponents(string: url)?.host else { return nil }
        return (try? MailAddress("mainstay@\(host)")) == nil ? "Mainstay <mainstay@localhost>" : "Mainstay <mainstay@\(host)>"
    }

    private static let terminalFormat: @Sendable (SettingsReader) -> String? = { _ in
        isatty(STDERR_FILENO) == 1 ? LogFormat.pretty.rawValue : LogFormat.json.rawValue
    }

    /// better-auth takes patterns as well. One that says nothing but a scheme would let every site act with its visitors' cookies.
    private static let trustedOrigin: @Sendable (String) -> String? = { text in
        guard text.contains("*") || text.contains("?") else { return WebOrigin.canonical(text) }
        let authority = text.firstRange(of: "://").map { text[$0.upperBound...] } ?? text[...]
        let isMeaningful = authority.contains { $0.isLetter || $0.isNumber }
        return isMeaningful && text.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? text : nil
    }
}
