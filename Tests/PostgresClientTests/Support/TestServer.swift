import DevServices
import Foundation
import Synchronization
import TestServices
import Testing

/// A private PostgreSQL server in a temporary folder: its own port and socket, no fsync, stopped when this process ends.
final class TestServer: Sendable {
    static let password = "p@ss/wörd"

    let folder: String
    let port: Int
    /// Its standard input ends with this process.
    nonisolated(unsafe) private let keeper: UnsafeMutablePointer<FILE>?

    private static let binaries = "/usr/lib/postgresql/15/bin"

    /// - Parameters:
    ///   - primary: Whose standby it is to be.
    ///   - prepare: Makes files in the server's folder and returns further settings.
    init(standbyOf primary: TestServer? = nil, prepare: (_ folder: String) throws -> String = { _ in "" }) throws {
        folder = "/tmp/pgtest-\(getpid())-\(UInt32.random(in: .min ... .max))"
        port = try LoopbackPort.free()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try TestServer.password.write(toFile: folder + "/pw", atomically: true, encoding: .utf8)
        try TestServer.run("chown -R postgres \(folder)")
        if let primary {
            try TestServer.run(
                "PGPASSWORD='\(TestServer.password)' \(TestServer.asPostgres) \(TestServer.binaries)/pg_basebackup -D \(folder)/data"
                    + " -h 127.0.0.1 -p \(primary.port) -U postgres -R -c fast --no-sync"
            )
        } else {
            try TestServer.run(
                "\(TestServer.asPostgres) \(TestServer.binaries)/initdb -D \(folder)/data -U postgres -E UTF8 --locale=C.UTF-8"
                    + " --auth=scram-sha-256 --pwfile=\(folder)/pw --no-sync"
            )
        }
        let settings = try prepare(folder)
        try TestServer.run("chown -R postgres \(folder)")
        let base = """

            port=\(port)
            listen_addresses='127.0.0.1'
            unix_socket_directories='\(folder)'
            fsync=off
            max_connections=60
            log_min_messages=fatal
            """
        let file = try #require(FileHandle(forWritingAtPath: folder + "/data/postgresql.conf"))
        try file.seekToEnd()
        try file.write(contentsOf: Data((base + "\n" + settings).utf8))
        try file.close()
        // The shell outlives this process by a moment: its input ends, it stops the server and removes the folder.
        let stop = TestServer.control(folder, "stop -m immediate")
        keeper = popen(withoutInheritedFiles("trap '' INT TERM; cat > /dev/null; \(stop) > /dev/null 2>&1; rm -rf \(folder)"), "we")
        try control("start -w -l \(folder)/log")
    }

    func control(_ command: String) throws { try TestServer.run(TestServer.control(folder, command) + " > /dev/null 2>&1") }

    /// As ``control(_:)``, on a thread of its own: the test's other tasks go on meanwhile.
    func controlBeside(_ command: String) async throws {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try self.control(command) }) }
        }
    }

    /// Starts the stopped server, and returns at the moment when it takes connections: `pg_ctl -w` looks but ten times a second.
    func startBeside() async throws {
        try await controlBeside("start -W -l \(folder)/log")
        // The server writes its state into the eighth line.
        let state = folder + "/data/postmaster.pid"
        while (try? String(contentsOfFile: state, encoding: .utf8))?.split(separator: "\n").last != "ready   " {
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// - Parameter port: Another way to the server than its own.
    func url(
        user: String = "postgres", password: String = TestServer.password, port: Int? = nil, database: String = "postgres"
    ) -> String {
        "postgresql://\(encoded(user)):\(encoded(password))@127.0.0.1:\(port ?? self.port)/\(database)"
    }

    var socketURL: String { "postgresql://postgres:\(encoded(TestServer.password))@/postgres?host=\(encoded(folder))&port=\(port)" }

    private func encoded(_ text: String) -> String { text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text }

    static var asPostgres: String { getuid() == 0 ? "runuser -u postgres --" : "" }

    private static func control(_ folder: String, _ command: String) -> String {
        "\(asPostgres) \(binaries)/pg_ctl -D \(folder)/data \(command)"
    }

    /// Not `Process`: it takes a server that goes on in the background for its child still running.
    static func run(_ command: String) throws {
        guard let stream = popen(withoutInheritedFiles("cd /tmp && { \(command); } 2>&1"), "re") else {
            throw TestServerError(text: "cannot run \(command)")
        }
        var output = ""
        var line = [CChar](repeating: 0, count: 1024)
        while fgets(&line, Int32(line.count), stream) != nil {
            output += line.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        }
        guard pclose(stream) == 0 else { throw TestServerError(text: "\(command): \(output)") }
    }
}

struct TestServerError: Error {
    let text: String
}

/// The database the tests run against.
enum TestDatabase {
    private static let server = Mutex<TestServer?>(nil)

    /// A server whose password and socket are known, started when first asked for.
    static func shared() throws -> TestServer {
        try server.withLock { server in
            if let server { return server }
            let started = try TestServer()
            server = started
            return started
        }
    }

    /// A superuser's URL on the server that all tests share.
    static func url() async throws -> String { try await TestServices.shared().servers.superuserURL }
}
