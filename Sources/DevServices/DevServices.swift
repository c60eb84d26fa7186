import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A private PostgreSQL and Redis, run from a folder for as long as this process wants them.
///
/// Each server belongs to a small supervisor process that stops it when its owner calls `stop()`, exits or dies, even by `kill -9`.
/// Data, passwords and, where still free, ports are the same the next time. Only 127.0.0.1 and sockets in a private folder
/// are listened on, behind passwords made at random.
public final class DevServices: Sendable {
    /// The folder given, absolute.
    public let folder: String
    /// Where the servers' data are: in the folder, or under `/var/lib/mainstay` when we are root and the servers' unprivileged account
    /// may not pass through to it.
    public let dataFolder: String

    let postgres: PostgresServer?
    let redis: RedisServer?
    private let remover: DirectoryCleanup?
    private let options: DevServicesOptions
    private let state: Mutex<State>
    /// Stops, starts and faults, which would undo each other.
    let turns = AsyncMutex()
    private let serverFolder: ServerFolder

    private struct State {
        var postgres: RunningServer?
        var redis: RunningServer?
        /// Released after the servers.
        var lock: FolderLock?
    }

    /// Starts the servers, making their data first if there are none, and returns when both answer.
    ///
    /// - Parameter folder: Made if missing; one running set of servers a folder. Waits while servers of a killed owner still stop.
    /// - Throws: An error that says what is missing or wrong; nothing keeps running then.
    public static func start(in folder: String, options: DevServicesOptions = .init()) async throws(DevServicesError) -> DevServices {
        let account = try ServerAccount.current(search: options.search)
        // Before anything is written: a missing program should leave no trace.
        if options.redis { _ = try await RedisInstallation.find(in: options.search) }
        if options.postgres { _ = try await PostgresInstallation.find(in: options.search, dataMajor: nil) }
        let (serverFolder, lock) = try await claim(folder, account: account)
        var saved = try SavedState.load(from: serverFolder.path)
        try serverFolder.claimData(instance: saved.instance)
        try saved.save(in: serverFolder.path)
        let remover = options.removeWhenDone ? try DirectoryCleanup(paths: [serverFolder.path] + serverFolder.outside, lock: lock) : nil
        var postgres: PostgresServer?
        var redis: RedisServer?
        if options.postgres {
            let installation = try await PostgresInstallation.find(
                in: options.search, dataMajor: PostgresServer.dataMajor(in: serverFolder))
            postgres = PostgresServer(installation: installation, folder: serverFolder, state: saved, options: options)
        }
        if options.redis {
            redis = RedisServer(
                installation: try await RedisInstallation.find(in: options.search), folder: serverFolder, password: saved.redisPassword,
                preferredPort: saved.redisPort, options: options)
        }
        let services = DevServices(
            serverFolder: serverFolder, postgres: postgres, redis: redis, remover: remover, options: options, lock: lock)
        do throws(DevServicesError) {
            try await services.startAll()
        } catch {
            await services.stop()
            throw error
        }
        saved.postgresPort = services.state.withLock { $0.postgres?.port } ?? saved.postgresPort
        saved.redisPort = services.state.withLock { $0.redis?.port } ?? saved.redisPort
        try saved.save(in: serverFolder.path)
        return services
    }

    /// The folder and the right to use it. Both are made anew when somebody removed the folder in between.
    private static func claim(_ folder: String, account: ServerAccount) async throws(DevServicesError) -> (ServerFolder, FolderLock) {
        for _ in 0..<10 {
            let serverFolder = try ServerFolder(folder, account: account)
            if let lock = try await FolderLock.take(serverFolder.path) { return (serverFolder, lock) }
        }
        throw DevServicesError(.folderUnusable, "\(folder) is removed again and again while it is made.")
    }

    private init(
        serverFolder: ServerFolder, postgres: PostgresServer?, redis: RedisServer?, remover: DirectoryCleanup?, options: DevServicesOptions,
        lock: FolderLock
    ) {
        folder = serverFolder.path
        dataFolder = serverFolder.data
        self.serverFolder = serverFolder
        self.postgres = postgres
        self.redis = redis
        self.remover = remover
        self.options = options
        state = Mutex(State(lock: lock))
    }

    private func startAll() async throws(DevServicesError) {
        // Side by side, and both to their end: a failure of one must not leave the other half-started.
        async let first = launch(postgres)
        async let second = launch(redis)
        let (postgres, redis) = await (first, second)
        state.withLock {
            $0.postgres = (try? postgres.get()) ?? nil
            $0.redis = (try? redis.get()) ?? nil
        }
        _ = try postgres.get()
        _ = try redis.get()
    }

    private func launch(_ server: (some ManagedServer)?) async -> Result<RunningServer?, DevServicesError> {
        guard let server, let lock = state.withLock({ $0.lock }) else { return .success(nil) }
        do throws(DevServicesError) {
            return .success(
                try await server.start(in: serverFolder, lock: lock, removal: remover?.descriptor, timeout: options.startTimeout))
        } catch {
            return .failure(error)
        }
    }

    /// Stops both servers cleanly (PostgreSQL's fast shutdown: open transactions are rolled back) and waits for their end, at most
    /// about half a minute after a restart or a fault under way has ended. With `removeWhenDone` the folder is gone on return. Later
    /// calls do nothing.
    public func stop() async {
        // Nothing in it throws.
        try? await turns.run { () async throws(DevServicesError) in await self.stopAll() }
    }

    private func stopAll() async {
        let running = state.withLock { $0 }
        async let first: Int32? = running.postgres?.supervisor.stop()
        async let second: Int32? = running.redis?.supervisor.stop()
        _ = await (first, second)
        state.withLock { $0 = State() }
        guard let lock = running.lock else { return }
        await remover?.finish()
        for path in serverFolder.outside where path == serverFolder.sockets { rmdir(path) }
        lock.descriptor.close()
    }

    /// Stops one server and starts it again on the same port, as an operator would, also one that is paused or was killed.
    /// Its data stay, unless it is a Redis that is not durable; see ``kill(_:)`` for what a killed one may miss.
    ///
    /// - Throws: `.notRunning` after `stop()`, or what a start throws; the server is down then, and may be restarted again.
    public func restart(_ server: Server) async throws(DevServicesError) {
        try await turns.run { () async throws(DevServicesError) in try await self.stopAndStart(server) }
    }

    private func stopAndStart(_ server: Server) async throws(DevServicesError) {
        let before = try running(server)
        await before.supervisor.stop()
        let after: RunningServer?
        switch server {
        case .postgres:
            var postgres = postgres
            postgres?.state.postgresPort = before.port
            after = try await launch(postgres).get()
        case .redis:
            var redis = redis
            redis?.preferredPort = before.port
            after = try await launch(redis).get()
        }
        state.withLock { state in
            switch server {
            case .postgres: state.postgres = after
            case .redis: state.redis = after
            }
        }
    }

    /// One of the two servers.
    public enum Server: Sendable { case postgres, redis }

    /// The running server, which a `stop()` or an option may have taken away.
    func running(_ server: Server) throws(DevServicesError) -> RunningServer {
        let found = state.withLock { state in
            switch server {
            case .postgres: state.postgres
            case .redis: state.redis
            }
        }
        guard let found else { throw DevServicesError(.notRunning, "No \(server) runs here: it was stopped, or not asked for.") }
        return found
    }
}
