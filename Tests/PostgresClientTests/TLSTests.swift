import Foundation
import Testing

@testable import PostgresClient

@Suite struct TLSTests {
    /// A server with TLS for all these tests, started with the first.
    private static let server = Result { try TLSServer() }

    @Test("A certificate of a trusted authority is accepted", .timeLimit(.minutes(10))) func aCertificateOfAKnownAuthorityIsTaken()
        async throws
    {
        let server = try TLSTests.server.get()
        try await withPool(url: server.url(host: "localhost", "sslmode=verify-full", rootCertificate: server.certificates.authority)) {
            pool async throws in
            let isEncrypted: SQL = "select ssl from pg_stat_ssl where pid = pg_backend_pid()"
            #expect(try await pool.value(isEncrypted, as: Bool.self))
            // More than one TLS record, and more than one socket buffer, both ways.
            let text = String(repeating: "0123456789abcdef", count: 1 << 14)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask { () async throws in
                        #expect(try await pool.value("select \(text + String(number))", as: String.self) == text + String(number))
                    }
                }
                try await group.waitForAll()
            }
            let late = await postgresError { _ = try await pool.query(("select pg_sleep(50)" as SQL).limited(to: .milliseconds(100))) }
            #expect(late?.code == .timedOut)
        }
    }

    @Test("An untrusted certificate is refused at once", .timeLimit(.minutes(10))) func aStrangersCertificateIsRefusedAtOnce() async throws
    {
        let server = try TLSTests.server.get()
        try await withPool(url: server.url(host: "localhost", "sslmode=verify-full", rootCertificate: server.certificates.stranger)) {
            $0.acquireTimeout = .seconds(50)
        } _: { pool async throws in
            let error = await postgresError { _ = try await pool.query("select 1") }
            #expect(error?.code == .untrustedServer)
            #expect(error?.message.contains("certificate verify failed") == true)
            #expect(error?.hint?.contains("sslrootcert") == true)
            #expect(error?.isRetrySafe == true)
            #expect(await postgresError { for try await _ in try await pool.listen(to: "x") {} }?.code == .untrustedServer)
        }
    }

    @Test("A certificate for another name is refused", .timeLimit(.minutes(10))) func aCertificateForAnotherNameIsRefused() async throws {
        let server = try TLSTests.server.get()
        try await withPool(url: server.url(host: "127.0.0.1", "sslmode=verify-full", rootCertificate: server.certificates.authority)) {
            pool async throws in
            let error = await postgresError { _ = try await pool.query("select 1") }
            #expect(error?.code == .untrustedServer)
            #expect(error?.message.contains("does not match host name") == true)
        }
        // verify-ca asks for the authority alone.
        try await withPool(url: server.url(host: "127.0.0.1", "sslmode=verify-ca", rootCertificate: server.certificates.authority)) {
            pool async throws in #expect(try await pool.value("select 1", as: Int.self) == 1)
        }
    }

    @Test("Errors name a missing CA file and a server without TLS", .timeLimit(.minutes(10)))
    func aMissingAuthorityAndAServerWithoutTLSAreNamed() async throws {
        let server = try TLSTests.server.get()
        try await withPool(url: server.url(host: "localhost", "sslmode=verify-full", rootCertificate: "/nowhere/root.crt")) {
            pool async throws in
            let error = await postgresError { _ = try await pool.query("select 1") }
            #expect(error?.code == .untrustedServer)
            #expect(error?.message.contains("/nowhere/root.crt") == true)
        }
        try await withPool(url: TestDatabase.shared().url() + "?sslmode=require") { pool async throws in
            let error = await postgresError { _ = try await pool.query("select 1") }
            #expect(error?.code == .untrustedServer)
            #expect(error?.hint?.contains("sslmode=disable") == true)
        }
    }

    @Test(
        "Remote hosts are verified by default",
        arguments: [
            "postgresql://db.example.com/x", "postgresql://localhost,db.example.com/x", "postgresql://10.0.0.1/x", "postgresql://[::2]/x",
            "postgresql://127.db.example.com/x", "postgresql://127.0.0.1.example.com/x", "postgresql://localhost.example.com/x",
            "postgresql://localhost/x?hostaddr=10.0.0.1", "postgresql:///x?hostaddr=127.0.0.1,10.0.0.1",
            "postgresql://localhost,db.example.com/x?hostaddr=127.0.0.1,", "postgresql:///x?service=far",
            "postgresql://localhost/x?service=far",
        ]) func otherHostsThanThisMachineAreVerified(url: String) throws
    {
        #expect(try mode(url) == "verify-full")
        #expect(try mode(url + (url.contains("?") ? "&" : "?") + "sslmode=prefer") == "prefer", "unless told otherwise")
        #expect(try mode(url, ["PGSSLMODE": "require"]) == nil)
    }

    @Test(
        "Loopback hosts are not verified by default",
        arguments: [
            "postgresql:///x", "postgresql://localhost/x", "postgresql://127.0.0.1/x", "postgresql://127.1.2.3,[::1]/x",
            "postgresql://[::ffff:127.0.0.1]/x", "postgresql:///x?host=/run/postgresql", "postgresql:///x?host=@abstract",
            "postgresql://db.example.com/x?hostaddr=127.0.0.1",
        ]) func thisMachineIsNot(url: String) throws
    {
        #expect(try mode(url) == nil)
        #expect(try mode(url, ["PGSERVICE": "far"]) == "verify-full")
    }

    @Test("PGSSLMODE and PGSSLROOTCERT apply") func whatTheEnvironmentNamesCounts() throws {
        #expect(try mode("postgresql:///x", ["PGHOST": "db.example.com"]) == "verify-full")
        #expect(try mode("postgresql:///x", ["PGHOST": "127.0.0.1"]) == nil)
        #expect(try mode("postgresql://localhost/x", ["PGHOST": "db.example.com"]) == nil)
        #expect(try mode("postgresql://localhost/x", ["PGHOSTADDR": "10.0.0.1"]) == "verify-full")
        #expect(try mode("postgresql://localhost/x?hostaddr=127.0.0.1", ["PGHOSTADDR": "10.0.0.1"]) == nil)
    }

    /// What a connection to `url` asks for where neither the URL nor the environment says it.
    private func mode(_ url: String, _ environment: [String: String] = [:]) throws -> String? {
        try ConnectionTarget(url: url, environment: { environment[$0] })["sslmode"]
    }
}

private final class TLSServer: Sendable {
    let server: TestServer
    let certificates: Certificates

    init() throws {
        var made: Certificates?
        server = try TestServer { folder in
            let certificates = try Certificates(in: folder)
            made = certificates
            return certificates.settings
        }
        certificates = try #require(made)
    }

    func url(host: String, _ query: String, rootCertificate: String) -> String {
        server.url().replacing("@127.0.0.1:", with: "@\(host):") + "?\(query)&sslrootcert=\(rootCertificate)"
    }
}
