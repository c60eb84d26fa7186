import Foundation
import Synchronization
import TestServices

/// A private redis-server for tests, on a unix socket in a temporary folder. It ends with the test process, however that ends.
public final class TestRedis: Sendable {
    private struct Running {
        let guardian: Process
        let keepAlive: Pipe
        let pid: pid_t
    }

    private let folder: String
    private let options: [String]
    private let running: Mutex<Running?>

    /// URL of the one server that most tests share; they keep apart by random queue names and key prefixes.
    public static func url() async throws -> String {
        try await TestServices.shared().redisURL
    }

    /// Starts a server of one's own, for tests that stop, kill or lock it.
    public init(options: [String] = []) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("redis-\(UUID().uuidString.prefix(8))").path
        self.options = options
        running = Mutex(nil)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try start()
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(atPath: folder)
    }

    public var url: String { "redis+unix://\(folder)/redis.sock" }

    /// Starts the server again, with the data it wrote; returns once it answers.
    public func start() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        // The shell waits for end of file on its standard input, which comes when this process ends or closes the pipe.
        process.arguments =
            [
                "-c", #"redis-server "$@" >/dev/null 2>&1 & pid=$!; echo $pid; cat >/dev/null; kill -9 $pid 2>/dev/null"#, "redis",
                "--port", "0", "--unixsocket",
                "\(folder)/redis.sock", "--dir", folder, "--save", "", "--loglevel", "warning",
            ] + options
        let keepAlive = Pipe()
        let output = Pipe()
        process.standardInput = keepAlive
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let pid = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)) else { throw CocoaError(.executableLoad) }
        for _ in 0..<200 where !FileManager.default.fileExists(atPath: "\(folder)/redis.sock") { usleep(10_000) }
        running.withLock { $0 = Running(guardian: process, keepAlive: keepAlive, pid: pid) }
    }

    /// `kill -9`: what was not written to disk is gone.
    public func kill() {
        guard
            let server = running.withLock({ server in
                let last = server
                server = nil
                return last
            })
        else { return }
        Foundation.kill(server.pid, SIGKILL)
        try? server.keepAlive.fileHandleForWriting.close()
        server.guardian.waitUntilExit()
        try? FileManager.default.removeItem(atPath: "\(folder)/redis.sock")
    }

    /// SIGSTOP: connections stay, nothing answers.
    public func freeze() { signal(SIGSTOP) }

    /// SIGCONT.
    public func thaw() { signal(SIGCONT) }

    private func signal(_ number: Int32) {
        running.withLock { if let server = $0 { _ = Foundation.kill(server.pid, number) } }
    }
}
