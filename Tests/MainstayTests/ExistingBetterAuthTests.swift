import JSON
import Logging
import Migrations
import PostgresClient
import TestServices
import Testing

@testable import Mainstay

/// A database that a better-auth server uses already becomes ours as well.
@Suite(.timeLimit(.minutes(10))) struct ExistingBetterAuthTests {
    private static let quiet: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()

    /// As version 1.7.1 leaves it that knows user names, organizations and API keys and no more, with somebody in it.
    private static let theirs = """
        create table "user" (
            "id" text not null primary key, "name" text not null, "email" text not null unique, "emailVerified" boolean not null,
            "image" text, "createdAt" timestamptz not null default current_timestamp,
            "updatedAt" timestamptz not null default current_timestamp, "role" text, "banned" boolean, "banReason" text,
            "banExpires" timestamptz, "twoFactorEnabled" boolean, "username" text unique
        );
        create table "account" (
            "id" text not null primary key, "issuer" text not null, "accountId" text not null, "providerId" text not null,
            "userId" text not null references "user" ("id") on delete cascade, "accessToken" text, "refreshToken" text, "idToken" text,
            "accessTokenExpiresAt" timestamptz, "refreshTokenExpiresAt" timestamptz, "scope" text, "password" text,
            "createdAt" timestamptz not null default current_timestamp, "updatedAt" timestamptz not null
        );
        create unique index "account_issuer_accountId_uidx" on "account" ("issuer", "accountId");
        create table "organization" (
            "id" text not null primary key, "name" text not null, "slug" text not null unique, "logo" text,
            "createdAt" timestamptz not null, "metadata" text
        );
        create table "apikey" (
            "id" text not null primary key, "configId" text not null, "name" text, "start" text, "referenceId" text not null,
            "prefix" text, "key" text not null, "refillInterval" integer, "refillAmount" integer, "lastRefillAt" timestamptz,
            "enabled" boolean, "rateLimitEnabled" boolean, "rateLimitTimeWindow" integer, "rateLimitMax" integer,
            "requestCount" integer, "remaining" integer, "lastRequest" timestamptz, "expiresAt" timestamptz,
            "createdAt" timestamptz not null, "updatedAt" timestamptz not null, "permissions" text, "metadata" text
        );
        insert into "user" ("id", "name", "email", "emailVerified", "username") values ('u1', 'Ann', 'ann@example.com', true, 'ann');
        insert into "organization" ("id", "name", "slug", "createdAt") values ('o1', 'Acme', 'acme', now());
        create table invoice (id int primary key);
        """

    @Test("Its tables and rows stay as they are, what is missing is made, and everything works on it")
    func existing() async throws {
        let url = try await TestServices.shared().freshDatabase()
        let pool = try PostgresPool(PostgresPoolConfiguration(url: url), logger: Self.quiet)
        try await running([pool]) {
            try await pool.withConnection { try await $0.executeScript(Self.theirs) }
            #expect(try await MainstayDatabase.migrate(url, logger: Self.quiet) == MainstayDatabase.migrations.map(\.id))
            #expect(try await strings(#"select "username" from "user""#, pool) == ["ann"])
            #expect(try await strings(#"select "slug" from "organization""#, pool) == ["acme"])

            var commands = MainstayDatabase.commands(databaseURL: url, logger: Self.quiet)
            #expect(await commands.check().text == "table invoice is not declared")
            commands.ignoring = ["invoice"]
            #expect(await commands.check().exitCode == 0)

            // Sign-up, organization and API key on tables of both kinds.
            let sources = SettingSources(
                mode: .serve,
                environment: [
                    "DATABASE_URL": url, "REDIS_URL": "redis://127.0.0.1:1",
                    "BETTER_AUTH_SECRET": "a secret that is long enough for everybody",
                    "ENCRYPTION_KEYS": "1:" + String(repeating: "A", count: 43) + "=",
                ])
            let seeded = try await DevelopmentData.seed(try sources.configuration(), logger: Self.quiet)
            #expect(seeded.json["made"]?.array?.count == 6, "\(seeded.text)")
            #expect(try await strings(#"select "issuer" from "account""#, pool) == ["local:credential"])

            // The trigger on a table of theirs tells our servers.
            let triggers = "select tgname::text from pg_trigger where tgrelid = 'apikey'::regclass and not tgisinternal"
            #expect(try await strings(triggers, pool) == ["apikey_notify"])
        }
    }

    private func strings(_ sql: String, _ pool: PostgresPool) async throws -> [String] {
        try await pool.query(SQL(unsafeRaw: sql)).decode(String.self)
    }
}
