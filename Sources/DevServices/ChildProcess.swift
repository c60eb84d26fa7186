import Dispatch

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A program started by us. It sees only the descriptors handed to it, and default signal handling.
struct ChildProcess: Sendable {
    let pid: Int32

    /// - Parameters:
    ///   - arguments: The program's absolute path, then its arguments.
    ///   - environment: The whole environment; nothing is inherited.
    ///   - descriptors: Ours, and the number each gets in the child. Standard ones not named are `/dev/null`.
    ///   - ownSession: Detaches from the terminal, so that Ctrl-C there does not reach it.
    static func spawn(
        _ arguments: [String], environment: [String: String], descriptors: [(from: OwnedDescriptor, to: Int32)], ownSession: Bool
    ) throws(DevServicesError) -> ChildProcess {
        var actions = try FileActions(descriptors)
        var attributes = SpawnAttributes(ownSession: ownSession)
        defer {
            actions.destroy()
            attributes.destroy()
        }
        let argumentPointers = arguments.map { strdup($0) } + [nil]
        let environmentPointers = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argumentPointers + environmentPointers { free(pointer) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, arguments[0], &actions.raw, &attributes.raw, argumentPointers, environmentPointers)
        guard result == 0 else {
            throw DevServicesError(.missingBinary, "Could not run \(arguments[0]): \(systemMessage(result))")
        }
        return ChildProcess(pid: pid)
    }

    /// Waits for the end of the program, on a thread that may block. Call it once.
    /// - Returns: Its exit status, or 128 plus the signal that ended it.
    func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            guard errno == EINTR else { return -1 }
        }
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    }
}

/// Runs `body` on a thread that may block, off Swift's cooperative pool.
func onBlockingThread<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
    await withCheckedContinuation { continuation in
        DispatchQueue.global(qos: .userInitiated).async { continuation.resume(returning: body()) }
    }
}

private struct FileActions {
    #if canImport(Darwin)
    var raw: posix_spawn_file_actions_t? = nil
    #else
    var raw = posix_spawn_file_actions_t()
    #endif
    /// Copies above the numbers used in the child, so that no duplication overwrites the source of another.
    private var copies: [OwnedDescriptor] = []

    init(_ descriptors: [(from: OwnedDescriptor, to: Int32)]) throws(DevServicesError) {
        posix_spawn_file_actions_init(&raw)
        for standard in Int32(0)...2 where !descriptors.contains(where: { $0.to == standard }) {
            posix_spawn_file_actions_addopen(&raw, standard, "/dev/null", standard == 0 ? O_RDONLY : O_WRONLY, 0)
        }
        for (from, to) in descriptors {
            let copy = fcntl(from.number, F_DUPFD_CLOEXEC, 32)
            guard copy >= 0 else {
                destroy()
                throw DevServicesError(.startFailed, "Could not hand a descriptor to a program: \(systemMessage())")
            }
            copies.append(OwnedDescriptor(copy))
            posix_spawn_file_actions_adddup2(&raw, copy, to)
        }
        #if os(Linux)
        // Files and sockets that others opened without close-on-exec must not live on in a server. Closing one that is gone
        // by then is no error.
        let kept = Set(descriptors.map(\.to))
        for number in listing(of: "/proc/self/fd").compactMap({ Int32($0) }) where number > 2 && !kept.contains(number) {
            posix_spawn_file_actions_addclose(&raw, number)
        }
        #endif
    }

    mutating func destroy() {
        posix_spawn_file_actions_destroy(&raw)
        copies = []
    }
}

private struct SpawnAttributes {
    #if canImport(Darwin)
    var raw: posix_spawnattr_t? = nil
    #else
    var raw = posix_spawnattr_t()
    #endif

    init(ownSession: Bool) {
        posix_spawnattr_init(&raw)
        var flags = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
        if ownSession {
            #if canImport(Darwin)
            flags |= Int32(POSIX_SPAWN_SETSID)
            #else
            flags |= 0x80  // POSIX_SPAWN_SETSID, which the C library shows only with its extensions on
            #endif
        }
        #if canImport(Darwin)
        flags |= Int32(POSIX_SPAWN_CLOEXEC_DEFAULT)
        #endif
        posix_spawnattr_setflags(&raw, Int16(flags))
        // A shell cannot trap a signal that was ignored when it started, and servers often ignore INT and TERM to watch them otherwise.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&raw, &signals)
        for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGCHLD, SIGUSR1, SIGUSR2, SIGALRM] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&raw, &signals)
    }

    mutating func destroy() { posix_spawnattr_destroy(&raw) }
}
