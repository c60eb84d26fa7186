import Crypto
import Logging
import PostgresClient
import Primitives
import ServiceLifecycle
import Synchronization

/// What nearly every request needs to know of an organization's keys, projects and queues, kept in the process.
///
/// Triggers tell of every change as it commits, and what is kept of that organization is dropped: a key revoked in one process is refused
/// by the others within milliseconds. Nothing kept is used while the connection that would tell is down or silent, nor for longer than
/// ``lifetime``. Absence is never kept.
final class TenantCache: Service {
    static let channel = "mainstay_changes"
    static let lifetime = Duration.seconds(30)
    /// How often a server calls out to itself, and how long its own voice may be missing before it counts as deaf.
    private static let callInterval = Duration.seconds(1)
    private static let patience = Duration.milliseconds(2500)
    /// Beyond this many entries everything is dropped: bounded memory, whatever is asked for.
    private static let capacity = 50_000

    private enum Key: Hashable {
        case program(KeyDigest)
        case project(ProjectID, organizationID: String)
        /// By the queue's name or id.
        case queue(String, ProjectID, organizationID: String)
    }

    private enum Value {
        case program(ProgramIdentity)
        case project(Project)
        case queue(MessageQueue)
    }

    private struct State {
        var entries: [Key: (value: Value, until: ContinuousClock.Instant)] = [:]
        var keys: [String: Set<Key>] = [:]
        var isListening = false
        /// When anything was last heard: our own voice at the least.
        var heardAt = ContinuousClock.now
        /// How many changes were heard of: what was read before one of them may be older than it.
        var changes = 0

        mutating func forgetAll() {
            changes += 1
            entries = [:]
            keys = [:]
        }

        mutating func forget(_ organizationID: String) {
            changes += 1
            for key in keys.removeValue(forKey: organizationID) ?? [] { entries[key] = nil }
        }
    }

    private let pool: PostgresPool
    private let logger: Logger
    private let state = Mutex(State())

    init(database: Database, logger: Logger) {
        // The listening connection is no organization's.
        pool = database.system
        self.logger = logger
    }

    // MARK: Reading

    /// The program behind a key, if that is known; see ``APIKeyService/known(_:)``.
    func program(_ digest: KeyDigest) -> ProgramIdentity? {
        if case .program(let program)? = lookUp(.program(digest)).value { program } else { nil }
    }

    /// The program behind a key; see ``APIKeyService/identify(_:)``.
    func program(_ digest: KeyDigest, _ load: () async throws -> ProgramIdentity?) async throws -> ProgramIdentity? {
        let (value, changes) = lookUp(.program(digest))
        if case .program(let program)? = value { return program }
        guard let program = try await load() else { return nil }
        keep(.program(program), as: .program(digest), of: program.scope.organizationID, readAt: changes)
        return program
    }

    func project(_ id: ProjectID, in scope: TenantScope) -> Project? {
        if case .project(let project)? = lookUp(.project(id, organizationID: scope.organizationID)).value { project } else { nil }
    }

    func project(_ id: ProjectID, in scope: TenantScope, _ load: () async throws -> Project?) async throws -> Project? {
        let key = Key.project(id, organizationID: scope.organizationID)
        let (value, changes) = lookUp(key)
        if case .project(let project)? = value { return project }
        guard let project = try await load() else { return nil }
        keep(.project(project), as: key, of: scope.organizationID, readAt: changes)
        return project
    }

    /// - Parameter reference: the queue's name or id.
    func queue(
        _ reference: String, in project: ProjectID, scope: TenantScope, _ load: () async throws -> MessageQueue?
    ) async throws -> MessageQueue? {
        let key = Key.queue(reference, project, organizationID: scope.organizationID)
        let (value, changes) = lookUp(key)
        if case .queue(let queue)? = value { return queue }
        guard let queue = try await load() else { return nil }
        keep(.queue(queue), as: key, of: scope.organizationID, readAt: changes)
        return queue
    }

    /// For whoever has just changed something here and wants to read it back: the notification takes a moment.
    func forget(_ scope: TenantScope) { state.withLock { $0.forget(scope.organizationID) } }

    private func lookUp(_ key: Key) -> (value: Value?, changes: Int) {
        let now = ContinuousClock.now
        return state.withLock { state in
            guard state.isListening, now - state.heardAt < Self.patience, let entry = state.entries[key], now < entry.until else {
                return (nil, state.changes)
            }
            return (entry.value, state.changes)
        }
    }

    private func keep(_ value: Value, as key: Key, of organizationID: String, readAt changes: Int) {
        let until = ContinuousClock.now + Self.lifetime
        state.withLock { state in
            guard state.isListening, state.changes == changes else { return }
            if state.entries.count >= Self.capacity { state.forgetAll() }
            state.entries[key] = (value, until)
            state.keys[organizationID, default: []].insert(key)
        }
    }

    // MARK: Listening

    func run() async {
        await cancelWhenGracefulShutdown { [self] in
            await withDiscardingTaskGroup { group in
                group.addTask { await self.keepListening() }
                group.addTask { await self.keepCalling() }
            }
        }
    }

    /// A connection can go deaf without closing. Whoever does not hear itself any more hears nobody.
    private func keepCalling() async {
        while !Task.isCancelled {
            _ = try? await pool.query(SQL("select pg_notify(\(Self.channel), '')").limited(to: Self.patience))
            try? await Task.sleep(for: Self.callInterval)
        }
    }

    private func keepListening() async {
        while !Task.isCancelled {
            do {
                try await listen()
            } catch {
                if !Task.isCancelled { logger.warning("Nothing is cached until changes can be heard", metadata: ["error": "\(error)"]) }
            }
            hear(nil)
            try? await Task.sleep(for: .seconds(1))
        }
    }

    private func listen() async throws {
        let events = try await pool.listen(to: Self.channel)
        hear(.mayHaveMissed)
        for await event in events { hear(event) }
    }

    /// - Parameter event: nil when there is nothing to hear with.
    private func hear(_ event: PostgresListenEvent?) {
        state.withLock { state in
            let now = ContinuousClock.now
            // What changed while nothing was heard is unknown, also when it is heard again.
            if now - state.heardAt >= Self.patience { state.forgetAll() }
            state.heardAt = now
            switch event {
            case .notification(_, ""): break
            case .notification(_, let organizationID): state.forget(organizationID)
            case .mayHaveMissed:
                state.forgetAll()
                state.isListening = true
            case .interrupted, nil:
                state.forgetAll()
                state.isListening = false
            }
        }
    }
}

/// SHA-256 of an API key: what the process remembers of it.
struct KeyDigest: Hashable, Sendable {
    private let words: SIMD4<UInt64>

    init(of key: String) {
        words = SHA256.hash(data: Array(key.utf8)).withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
    }
}
