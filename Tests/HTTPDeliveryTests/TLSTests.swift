import Foundation
import Testing

@testable import HTTPDelivery

@Suite("TLS")
struct TLSTests {
    @Test("A certificate nobody vouches for is refused")
    func selfSigned() async throws {
        let server = try TLSServer(name: "localhost")
        let client = try makeClient(allow: ["localhost"])
        #expect(await failure { try await client.send(server.request) } == .tlsFailed)
    }

    @Test("A trusted certificate is accepted, and the handshake timed")
    func trusted() async throws {
        let server = try TLSServer(name: "localhost")
        let client = try makeClient(allow: ["localhost"]) { $0.certificateAuthorities = server.certificate }
        let response = try await client.send(server.request)
        #expect(response.status == 200)
        #expect(response.timing.tls > .zero)
        #expect(response.timing.total >= response.timing.dns + response.timing.connect + response.timing.tls)
    }

    @Test("A trusted certificate of another name is refused")
    func wrongName() async throws {
        let server = try TLSServer(name: "other.example")
        let client = try makeClient(allow: ["localhost"]) { $0.certificateAuthorities = server.certificate }
        #expect(await failure { try await client.send(server.request) } == .tlsFailed)
    }

    @Test("A server that does not answer the handshake costs the connect timeout, not the request's")
    func silentServer() async throws {
        let server = try TestServer()
        let client = try makeClient { $0.connectTimeout = .milliseconds(200) }
        let url = server.url("/echo").replacingOccurrences(of: "http:", with: "https:")
        #expect(await failure { try await client.send(OutgoingRequest(url: url, timeout: .seconds(60))) } == .timedOut)
    }
}

/// `openssl s_server` with a self-signed certificate made for it. It answers every request with a page about the connection.
final class TLSServer: Sendable {
    let certificate: String
    let request: OutgoingRequest
    private let folder: URL
    private let process: Process

    init(name: String) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let (key, certificate) = (folder.appendingPathComponent("key.pem").path, folder.appendingPathComponent("cert.pem").path)
        let make = try Self.openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=\(name)",
            "-addext", "subjectAltName=DNS:\(name)", "-keyout", key, "-out", certificate)
        // Not `waitUntilExit`, which can miss the end when many tests run at once: the end of its output is the end of the process.
        _ = try make.output.readToEnd()
        let server = try Self.openssl("s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key, "-www")
        self.certificate = certificate
        self.process = server.process
        var said = ""
        while let chunk = try server.output.read(upToCount: 1), !chunk.isEmpty {
            said += String(decoding: chunk, as: UTF8.self)
            if said.contains("ACCEPT "), said.hasSuffix("\n") { break }
        }
        let port = try #require(said.split(separator: ":").last.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) })
        request = OutgoingRequest(method: "GET", url: "https://localhost:\(port)/", timeout: .seconds(10))
    }

    deinit {
        // Not SIGTERM: the child inherits the signal mask of the thread that started it, and dispatch's threads block that.
        kill(process.processIdentifier, SIGKILL)
        try? FileManager.default.removeItem(at: folder)
    }

    private static func openssl(_ arguments: String...) throws -> (process: Process, output: FileHandle) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return (process, output.fileHandleForReading)
    }
}
