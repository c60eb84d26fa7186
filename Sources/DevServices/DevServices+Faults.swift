/// Faults for tests: what happens to real servers, done to these.
extension DevServices {
    /// Kills a server, all its processes at once (SIGKILL), and returns when none is left: connections break, nothing is written or said.
    ///
    /// ``restart(_:)``, or the next start in the folder, recovers what the server had on disk. With `durable` that is every committed
    /// transaction in PostgreSQL, and in Redis all that was answered before, if `redisSync` is `.always`; without, Redis begins empty and
    /// PostgreSQL may miss the last half second. Until then URLs and ports stay, and process ids are 0.
    ///
    /// - Throws: `.notRunning` when it was stopped or killed before, or was not asked for.
    public func kill(_ server: Server) async throws(DevServicesError) {
        try await turns.run { () async throws(DevServicesError) in
            let victim = try self.alive(server)
            try await victim.processes.kill()
            await victim.supervisor.stop()
        }
    }

    /// Stops every process of a server where it stands (SIGSTOP), and returns when none runs: connections stay, new ones are still taken
    /// by the system, and nothing answers. ``resume(_:)`` lets them go on; `stop`, ``restart(_:)`` and ``kill(_:)`` work as ever.
    ///
    /// - Throws: `.notRunning` when it was stopped or killed before, or was not asked for.
    public func pause(_ server: Server) async throws(DevServicesError) {
        try await turns.run { () async throws(DevServicesError) in try await self.alive(server).processes.pause() }
    }

    /// Lets a server that was paused go on (SIGCONT). Nothing happens to one that runs.
    ///
    /// - Throws: `.notRunning` when it was stopped or killed before, or was not asked for.
    public func resume(_ server: Server) throws(DevServicesError) {
        try alive(server).processes.resume()
    }

    private func alive(_ server: Server) throws(DevServicesError) -> RunningServer {
        let found = try running(server)
        guard !found.supervisor.hasEnded else {
            throw DevServicesError(.notRunning, "The \(server) here has ended: `restart` it first.")
        }
        return found
    }
}
