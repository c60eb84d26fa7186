import DevServices
import Foundation
import Synchronization
import TestServices

/// A redis-server of a test's own, to be stopped, killed or locked: on a unix socket, gone with the test process however that ends.
public final class TestRedis: Sendable {
    private struct Running {
        /// A shell that started the server and waits for the end of its input, which comes with this process's end; then it kills.
        nonisolated(unsafe) let keeper: UnsafeMutablePointer<FILE>
        let pid: pid_t
    }

    /// The server ended, or did not listen within 20 seconds.
    struct NotStarted: Error { let command: String }

    private let folder: String
    private let options: String
    private let running: Mutex<Running?> = Mutex(nil)

    /// URL of the one server that most tests share; they keep apart by random queue names and key prefixes.
    ///
    /// The dialect can be set for a whole run of tests by `REDIS_TEST_PROTOCOL=2`.
    public static func url() async throws -> String {
        let url = try await TestServices.shared().redisURL
        guard let version = ProcessInfo.processInfo.environment["REDIS_TEST_PROTOCOL"] else { return url }
        return "\(url)?protocol=\(version)"
    }

    /// - Parameter options: of redis-server, such as `--requirepass x`.
    public init(options: String = "") async throws {
        folder = "/tmp/redistest-\(getpid())-\(UInt32.random(in: .min ... .max))"
        self.options = options
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await start()
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(atPath: folder)
    }

    public var url: String { "redis+unix://\(folder)/redis.sock" }

    /// Starts the server again, with the data it wrote; returns once it accepts connections.
    public func start() async throws {
        // Not `Process`: its waiting can miss the child's end when many tests run at once.
        let command = "redis-server --port 0 --unixsocket \(folder)/redis.sock --dir \(folder) --save '' --loglevel warning \(options)"
        let script =
            "trap '' INT TERM; \(command) >/dev/null 2>&1 & pid=$!; echo $pid >\(folder)/pid; cat >/dev/null; kill -9 $pid 2>/dev/null"
        guard let keeper = popen(withoutInheritedFiles(script), "we") else { throw NotStarted(command: command) }
        var server: pid_t?
        for _ in 0..<4000 {
            let pid = (try? String(contentsOfFile: folder + "/pid", encoding: .utf8)).flatMap {
                pid_t($0.trimmingCharacters(in: .newlines))
            }
            if let pid, isListening {
                server = pid
                break
            }
            // Sleeping as a thread would hold up every other test: there are as few threads as processors.
            try await Task.sleep(for: .milliseconds(5))
        }
        guard let server else {
            pclose(keeper)
            throw NotStarted(command: command)
        }
        running.withLock { $0 = Running(keeper: keeper, pid: server) }
    }

    private var isListening: Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array("\(folder)/redis.sock".utf8)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }

    /// `kill -9`: what was not written to disk is gone.
    public func kill() {
        let server = running.withLock { running in
            let last = running
            running = nil
            return last
        }
        guard let server else { return }
        Foundation.kill(server.pid, SIGKILL)
        // Waits for the shell, which ends at once now that its input does.
        pclose(server.keeper)
        try? FileManager.default.removeItem(atPath: "\(folder)/redis.sock")
        try? FileManager.default.removeItem(atPath: "\(folder)/pid")
    }

    /// Ends the server in good order: what was to be written to disk is. Not for one with a password.
    public func stop() {
        // By command, because a child of a worker thread may have inherited a mask that blocks SIGTERM.
        if let shutdown = popen("redis-cli -s \(folder)/redis.sock shutdown >/dev/null 2>&1", "re") { pclose(shutdown) }
        kill()
    }

    /// SIGSTOP: connections stay, nothing answers.
    public func freeze() { signal(SIGSTOP) }

    /// SIGCONT.
    public func thaw() { signal(SIGCONT) }

    private func signal(_ number: Int32) {
        running.withLock { if let server = $0 { _ = Foundation.kill(server.pid, number) } }
    }
}
