/// What starting a server needs to know about its kind.
protocol ManagedServer: Sendable {
    /// `postgres` or `redis`: names its log and its data folder.
    var name: String { get }
    /// The port of the last time.
    var preferredPort: Int? { get }
    /// Brings files in order before a start on `port`: clears what an earlier run left, makes what is missing.
    /// - Parameter held: Goes to programs that outlive a killed owner for some seconds, so that the folder is free, or removed, after them.
    func prepare(port: Int, held: [(from: OwnedDescriptor, to: Int32)]) async throws(DevServicesError)
    func command(port: Int) -> Supervisor.Command
    /// Whether the server answers a real request; throws when it never will.
    func isReady(port: Int) async throws(DevServicesError) -> Bool
    /// Whether this log of a failed start says that another try, on another port, may succeed.
    func mayRetry(log: String) -> Bool
}

/// A server that answers.
struct RunningServer: Sendable {
    let supervisor: Supervisor
    let port: Int

    var processes: ServerProcesses { ServerProcesses(root: supervisor.serverPID) }
}

extension ManagedServer {
    /// Starts the server and returns once it answers. Whatever was started is stopped again on failure.
    func start(
        in folder: ServerFolder, lock: FolderLock, removal: OwnedDescriptor?, timeout: Duration
    ) async throws(DevServicesError) -> RunningServer {
        var preferred = preferredPort
        var held: [(from: OwnedDescriptor, to: Int32)] = [(lock.descriptor, 3)]
        if let removal { held.append((removal, 5)) }
        for attempt in 1... {
            let port = try LoopbackPort.free(preferred: preferred)
            try await prepare(port: port, held: held)
            let supervisor = try await Supervisor.start(command(port: port), lock: lock, removal: removal)
            do throws(DevServicesError) {
                if try await becomesReady(supervisor, port: port, folder: folder, timeout: timeout) {
                    return RunningServer(supervisor: supervisor, port: port)
                }
            } catch {
                await supervisor.stop()
                throw error
            }
            let status = await supervisor.stop()
            let log = folder.logTail(of: name)
            guard attempt < 5, mayRetry(log: log) else {
                throw DevServicesError(
                    .startFailed, "\(name) ended with status \(status) while starting. Its log, \(folder.log(of: name)), ends:\n\(log)")
            }
            preferred = nil
            try await sleep(.milliseconds(100 * attempt))
        }
        throw DevServicesError(.startFailed, "\(name) did not start")
    }

    /// False when the server ended instead.
    private func becomesReady(
        _ supervisor: Supervisor, port: Int, folder: ServerFolder, timeout: Duration
    ) async throws(DevServicesError) -> Bool {
        let deadline = ContinuousClock.now + timeout
        while !supervisor.hasEnded {
            // Both must hold: another server may answer on a port that ours failed to get.
            if try await isReady(port: port), !supervisor.hasEnded { return true }
            guard ContinuousClock.now < deadline else {
                throw DevServicesError(
                    .startFailed,
                    "\(name) did not answer within \(timeout). Its log, \(folder.log(of: name)), ends:\n\(folder.logTail(of: name))")
            }
            try await sleep(.milliseconds(25))
        }
        return false
    }
}
