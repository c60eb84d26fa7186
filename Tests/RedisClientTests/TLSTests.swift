import DevServices
import Foundation
import Logging
import RedisClient
import RedisTestSupport
import Testing

/// A server with a certificate of a private authority, both made for one test.
final class TLSServer: Sendable {
    let folder: String
    let port: Int
    let redis: TestRedis

    struct Failed: Error { let command: String }

    /// - Parameter names: of the certificate, such as `DNS:localhost`.
    init(names: String) async throws {
        folder = FileManager.default.temporaryDirectory.path + "/redis-tls-\(UInt64.random(in: 0...(.max)))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        for command in [
            "openssl req -x509 \(key) -days 2 -subj /CN=authority -keyout ca.key -out ca.pem",
            "openssl req -x509 \(key) -days 2 -subj /CN=stranger -keyout other.key -out other.pem",
            "openssl req -new \(key) -subj /CN=server -addext subjectAltName=\(names) -keyout server.key -out server.csr",
            "openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -copy_extensions copy -out server.pem",
        ] {
            let process = popen("cd \(folder) && \(command) >/dev/null 2>&1", "re")
            guard let process, pclose(process) == 0 else { throw Failed(command: command) }
        }
        port = try LoopbackPort.free()
        redis = try await TestRedis(
            options: "--bind 127.0.0.1 --tls-port \(port) --tls-cert-file \(folder)/server.pem --tls-key-file \(folder)/server.key "
                + "--tls-ca-cert-file \(folder)/ca.pem --tls-auth-clients no")
    }

    /// Without it the last mention of a server ends it, be its URL still in use.
    @inline(never) func keep() { withExtendedLifetime(redis) {} }

    deinit { try? FileManager.default.removeItem(atPath: folder) }
}

@Suite(.serialized, .timeLimit(.minutes(10))) struct TLSTests {
    @Test("A TLS connection works as any other") func worksLikeAnyOther() async throws {
        let server = try await TLSServer(names: "DNS:localhost")
        try await withRedis("rediss://localhost:\(server.port)/2?ca=\(server.folder)/ca.pem") { redis in
            #expect(try await redis.send("CLIENT", "INFO", as: String.self).contains("db=2"))
            let bytes = [UInt8](repeating: 7, count: 3_000_000)
            #expect(try await redis.send("ECHO", RedisArgument(bytes)).bytes == bytes)
            var events = redis.subscribe(to: ["c"]).makeAsyncIterator()
            let first = try await events.next()
            #expect(first == .subscribed)
            server.redis.kill()
            try await server.redis.start()
            let second = try await events.next()
            #expect(second == .missed(.reconnected))
            #expect(try await redis.send("ECHO", "again").string == "again")
        }
        server.keep()
    }

    @Test("Certificates are checked for IP addresses, too") func addressesAreCheckedToo() async throws {
        let server = try await TLSServer(names: "IP:127.0.0.1")
        try await withRedis("rediss://127.0.0.1:\(server.port)?ca=\(server.folder)/ca.pem") { redis in
            let reply = try await redis.send("PING")
            #expect(reply.string == "PONG")
        }
        server.keep()
    }

    @Test("A certificate for another name is refused") func refusesAnotherName() async throws {
        let server = try await TLSServer(names: "DNS:other.example")
        for host in ["localhost", "127.0.0.1"] {
            let message = try await Self.refusal("rediss://u:topsecret@\(host):\(server.port)?ca=\(server.folder)/ca.pem")
            #expect(message.contains("another name") && message.contains(host) && !message.contains("topsecret"))
        }
        server.keep()
    }

    @Test("An untrusted certificate is refused") func refusesAStranger() async throws {
        let server = try await TLSServer(names: "DNS:localhost")
        #expect(try await Self.refusal("rediss://localhost:\(server.port)").contains("?ca="))
        #expect(try await Self.refusal("rediss://localhost:\(server.port)?ca=\(server.folder)/other.pem").contains("?ca="))
        server.keep()
    }

    @Test("The error says that the server does not speak TLS") func saysThatAServerSpeaksNoTLS() async throws {
        let port = try LoopbackPort.free()
        let server = try await TestRedis(options: "--bind 127.0.0.1 --port \(port) --requirepass topsecret")
        let message = try await Self.refusal("rediss://:topsecret@127.0.0.1:\(port)")
        #expect(message.contains("does not speak TLS") && !message.contains("topsecret"), "\(message)")
        withExtendedLifetime(server) {}
    }

    @Test("The error says that the server speaks only TLS") func saysThatAServerSpeaksNothingButTLS() async throws {
        let server = try await TLSServer(names: "DNS:localhost")
        let message = try await Self.refusal("redis://:topsecret@127.0.0.1:\(server.port)", .invalidConfiguration)
        #expect(message.contains("speaks TLS") && message.contains("rediss://") && !message.contains("topsecret"), "\(message)")
        server.keep()
    }

    @Test("The error names the missing CA file") func saysWhichFileIsMissing() {
        let missing = #expect(throws: RedisError.self) {
            try Redis(url: "rediss://x?ca=/nonexistent/ca.pem", logger: Logger(label: "test"))
        }
        #expect(missing?.code == .invalidConfiguration)
    }

    /// What a caller is told, at once, about a server that is not to be trusted.
    private static func refusal(_ url: String, _ code: RedisError.Code = .authenticationFailed) async throws -> String {
        try await withRedis(url) { redis in
            let error = await #expect(throws: RedisError.self) { try await redis.send("PING") }
            #expect(error?.code == code && error?.isRetrySafe == true)
            return error?.message ?? ""
        }
    }
}
