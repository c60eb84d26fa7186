import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A shell in a session of its own that owns one server. It stops the server when this value, or this process, is gone.
final class Supervisor: Sendable {
    /// What a supervisor is told about its server.
    struct Command: Sendable {
        var arguments: [String]
        /// `INT`, `TERM` …: what stops the server cleanly.
        var stopSignal: String
        /// Seconds until the stop becomes harsh.
        var grace = 20
        var log: String
    }

    /// The server's process id.
    let serverPID: pid_t
    private let process: ChildProcess
    private let owner: OwnedDescriptor
    private let status: OwnedDescriptor
    private let end: Mutex<Task<Int32, Never>?> = Mutex(nil)

    static func start(_ command: Command, lock: FolderLock, removal: OwnedDescriptor?) async throws(DevServicesError) -> Supervisor {
        let owner = try OwnedDescriptor.pipe()
        let status = try OwnedDescriptor.pipe()
        var descriptors: [(from: OwnedDescriptor, to: Int32)] = [(owner.read, 0), (status.write, 1), (lock.descriptor, 3)]
        if let removal { descriptors.append((removal, 5)) }
        let process = try ChildProcess.spawn(
            ["/bin/sh", "-c", SupervisorScript.supervise, "mainstay-supervisor", command.stopSignal, "\(command.grace)", command.log]
                + command.arguments,
            environment: serverEnvironment, descriptors: descriptors, ownSession: true)
        owner.read.close()
        status.write.close()
        let line = await onBlockingThread { status.read.readSome() }
        guard let pid = pid_t(String(decoding: line, as: UTF8.self).trimmed) else {
            owner.write.close()
            _ = await onBlockingThread { process.wait() }
            throw DevServicesError(.startFailed, "The supervisor of \(command.arguments.first ?? "a server") did not start.")
        }
        return Supervisor(serverPID: pid, process: process, owner: owner.write, status: status.read)
    }

    private init(serverPID: pid_t, process: ChildProcess, owner: OwnedDescriptor, status: OwnedDescriptor) {
        self.serverPID = serverPID
        self.process = process
        self.owner = owner
        self.status = status
    }

    /// Whether the server has ended: the supervisor holds the status pipe until then.
    var hasEnded: Bool { status.isReadable(within: 0) }

    /// Stops the server cleanly and waits for its end. May be called again, and by several at once.
    /// - Returns: The server's exit status.
    @discardableResult
    func stop() async -> Int32 {
        owner.close()
        // One reaper shared by all callers: a process can be waited for only once.
        let reaper = end.withLock { end in
            let task = end ?? Task { [process] in await onBlockingThread { process.wait() } }
            end = task
            return task
        }
        return await reaper.value
    }

    /// A caller's `PG…` variables and language would change what servers do.
    static let serverEnvironment: [String: String] = {
        var environment = ["PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": "/", "LC_ALL": "C", "TZ": "UTC"]
        // Toolchains and package managers that install outside the usual folders need this for the servers' libraries.
        if let libraries = ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"] { environment["LD_LIBRARY_PATH"] = libraries }
        return environment
    }()
}

/// Removes paths once this process and every supervisor holding `descriptor` are gone.
final class DirectoryCleanup: Sendable {
    let descriptor: OwnedDescriptor
    private let process: ChildProcess

    /// - Parameters:
    ///   - paths: The folder first.
    ///   - lock: Held until everything is removed, so that no server starts there meanwhile.
    init(paths: [String], lock: FolderLock) throws(DevServicesError) {
        let pipe = try OwnedDescriptor.pipe()
        descriptor = pipe.write
        process = try ChildProcess.spawn(
            ["/bin/sh", "-c", SupervisorScript.remove, "mainstay-remover"] + paths,
            environment: Supervisor.serverEnvironment, descriptors: [(pipe.read, 0), (lock.descriptor, 3)], ownSession: true)
        pipe.read.close()
    }

    /// Returns when the paths are gone; the supervisors have ended before.
    func finish() async {
        descriptor.close()
        _ = await onBlockingThread { [process] in process.wait() }
    }
}
