import Foundation
import Testing

@testable import HTTPDelivery

/// `openssl s_server` on 127.0.0.1 with a self-signed certificate made for it. It takes one connection at a time.
final class OpenSSLServer: Sendable {
    /// The path of the certificate, PEM.
    let certificate: String
    let port: Int
    /// What it writes: a report of each connection and, unless it answers by itself, what came through it.
    let output: FileHandle
    /// Unless it answers by itself, what is written here goes to the other side. A socket, so that its end is no signal.
    let input: Int32
    private let folder: URL
    private let process: Process

    /// - Parameters:
    ///   - name: Whom the certificate is for.
    ///   - options: `-www` answers every request with a page about the connection.
    init(name: String = "localhost", _ options: String...) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let (key, certificate) = (folder.appendingPathComponent("key.pem").path, folder.appendingPathComponent("cert.pem").path)
        let make = try Self.openssl(
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=\(name)",
                "-addext", "subjectAltName=DNS:\(name)", "-keyout", key, "-out", certificate,
            ], input: FileHandle.nullDevice)
        // Not `waitUntilExit`, which can miss the end when many tests run at once: the end of its output is the end of the process.
        _ = try make.output.readToEnd()
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
        input = ends[0]
        let theirs = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
        let server = try Self.openssl(
            ["s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key] + options, input: theirs)
        self.certificate = certificate
        process = server.process
        output = server.output
        var said = ""
        while let chunk = try server.output.read(upToCount: 1), !chunk.isEmpty {
            said += String(decoding: chunk, as: UTF8.self)
            if said.contains("ACCEPT "), said.hasSuffix("\n") { break }
        }
        port = try #require(said.split(separator: ":").last.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) })
    }

    deinit {
        // Not SIGTERM: the child inherits the signal mask of the thread that started it, and dispatch's threads block that.
        kill(process.processIdentifier, SIGKILL)
        close(input)
        try? FileManager.default.removeItem(at: folder)
    }

    var request: OutgoingRequest { OutgoingRequest(method: "GET", url: "https://localhost:\(port)/", timeout: .seconds(10)) }

    private static func openssl(_ arguments: [String], input: FileHandle) throws -> (process: Process, output: FileHandle) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = input
        try process.run()
        return (process, output.fileHandleForReading)
    }
}
