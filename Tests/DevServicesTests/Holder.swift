import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A separate process that runs servers, for tests to kill.
struct Holder {
    let pid: Int32
    let postgresPID: Int32
    let redisPID: Int32
    let databaseURL: String
    let redisURL: String

    /// What it does beside running servers.
    enum Wish: String {
        case nothing = ""
        /// It pauses them before it says where they are.
        case paused
        /// Their folder is to be removed when they have stopped.
        case removed
    }

    /// Returns when its servers run.
    static func start(in folder: String, _ wish: Wish = .nothing) async throws -> Holder {
        try await onThread {
            let (pid, report) = try spawn(in: folder, wish)
            defer { close(report) }
            var line: [UInt8] = []
            var byte: UInt8 = 0
            while read(report, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
            let words = String(decoding: line, as: UTF8.self).split(separator: " ").map(String.init)
            try #require(words.count == 4, "the holder did not start: \(words)")
            return Holder(
                pid: pid, postgresPID: try #require(Int32(words[0])), redisPID: try #require(Int32(words[1])), databaseURL: words[2],
                redisURL: words[3])
        }
    }

    /// Returns at once, with the descriptor where it will say where the servers are.
    static func spawn(in folder: String, _ wish: Wish) throws -> (pid: Int32, report: Int32) {
        // The built programs lie beside the test bundle.
        let own = CommandLine.arguments[0].split(separator: "/").dropLast().joined(separator: "/")
        let bundle = try #require(
            CommandLine.arguments.first { $0.hasSuffix(".xctest") }?.split(separator: "/").dropLast().joined(separator: "/") ?? own)
        var ends: [Int32] = [0, 0]
        #if canImport(Glibc)
        // Close-on-exec in the same step: a program that another test starts would keep the writing end open.
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
        #else
        try #require(pipe(&ends) == 0)
        #endif
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addclose(&actions, ends[0])
        posix_spawn_file_actions_addclose(&actions, ends[1])
        defer { posix_spawn_file_actions_destroy(&actions) }
        let program = "/" + bundle + "/dev-services-holder"
        let arguments = [strdup(program), strdup(folder), strdup(wish.rawValue), nil]
        let environment = [strdup("PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"), nil]
        defer { for pointer in arguments + environment { free(pointer) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, program, &actions, nil, arguments, environment)
        close(ends[1])
        if result != 0 { close(ends[0]) }
        try #require(result == 0, "could not run \(program)")
        return (pid, ends[0])
    }

    /// `kill -9`, and the process is gone on return.
    func killHard() { Self.killHard(pid) }

    static func killHard(_ pid: Int32) {
        kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }
}
