#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// All processes of one server: its first one and those below it, such as PostgreSQL's, one a connection.
struct ServerProcesses: Sendable {
    let root: pid_t
    /// How long the system may take to stop or end a process, which it does not do during a write to disk.
    var patience: Duration = .seconds(20)

    /// Stops every process, and returns when none runs any more.
    func pause() async throws(DevServicesError) {
        let deadline = ContinuousClock.now + patience
        while true {
            let processes = ProcessEntry.tree(below: root)
            guard processes.contains(where: { $0.pid == root && $0.state != .ended }) else {
                throw DevServicesError(.notRunning, "The server, process \(root), has ended.")
            }
            let running = processes.filter { $0.state == .running }
            // A process that was told to stop starts no other: what one look finds still, stays still.
            if running.isEmpty { return }
            for process in running { signal(process.pid, SIGSTOP) }
            guard ContinuousClock.now < deadline else {
                throw DevServicesError(.commandFailed, "Process \(running[0].pid) of the server does not stop.")
            }
            try await sleep(.milliseconds(5))
        }
    }

    /// Lets every process go on, those that started others last.
    func resume() {
        for process in ProcessEntry.tree(below: root).reversed() { signal(process.pid, SIGCONT) }
    }

    /// Kills every process, with no time to write or say anything, and returns when all have ended.
    func kill() async throws(DevServicesError) {
        // Standing still, none can start another that would be missed.
        try await pause()
        let victims = ProcessEntry.tree(below: root)
        for victim in victims { signal(victim.pid, SIGKILL) }
        let deadline = ContinuousClock.now + patience
        for victim in victims.map(ProcessIdentity.init) {
            while !victim.hasEnded {
                guard ContinuousClock.now < deadline else {
                    throw DevServicesError(.commandFailed, "Process \(victim.pid) of the server does not end.")
                }
                try await sleep(.milliseconds(5))
            }
        }
    }

    private func signal(_ pid: pid_t, _ number: Int32) {
        #if canImport(Glibc)
        _ = Glibc.kill(pid, number)
        #else
        _ = Darwin.kill(pid, number)
        #endif
    }
}
