import Synchronization

/// One caller's hold on a connection, taken with its first statement and given back at its end.
final class LeasedSession: Sendable {
    private enum Phase {
        /// Nothing was sent, no connection is held.
        case fresh
        case begun
        case ended
    }

    let pool: PostgresPool
    let lease = Lease()
    private let opening: [SQL]
    private let phase = Mutex(Phase.fresh)
    private let copying = Atomic<Bool>(false)

    /// - Parameter opening: Sent in front of the first statement, in its flight.
    init(pool: PostgresPool, opening: [SQL]) {
        self.pool = pool
        self.opening = opening
    }

    func perform(_ statements: [SQL]) async throws(PostgresError) -> [PostgresResult] {
        guard !statements.isEmpty else { return [] }
        return try await submit { isFirst in
            .statements(isFirst ? self.opening + statements : statements, hidden: isFirst ? self.opening.count : 0)
        }
    }

    /// As ``perform(_:)`` on a session that has begun, whatever becomes of the task: what is not undone now might be committed later.
    func performRegardless(_ statements: [SQL]) async throws(PostgresError) {
        try checkIsUsable()
        _ = try await pool.submit(Job(.statements(statements, hidden: 0), route: .continues(lease)), isCancellable: false)
    }

    func executeScript(_ text: String) async throws(PostgresError) {
        try await sendOpening()
        _ = try await submit { _ in .script(text) }
    }

    /// The simple protocol cannot share a flight, so what opens the session goes ahead of it.
    func sendOpening() async throws(PostgresError) {
        let needsOpening = !opening.isEmpty && phase.withLock { $0 == .fresh }
        if needsOpening {
            _ = try await submit { isFirst in .statements(isFirst ? self.opening : [], hidden: isFirst ? self.opening.count : 0) }
        }
    }

    var isCopying: Bool { copying.load(ordering: .acquiring) }
    func setCopying(_ isCopying: Bool) { copying.store(isCopying, ordering: .releasing) }

    /// Sends the last job and gives the connection back. Nil when none was ever taken.
    ///
    /// Not cancellable: a connection must be left in order whatever becomes of the task.
    func end(with work: Job.Work) async throws(PostgresError) -> [PostgresResult]? {
        let wasBegun = phase.withLock { phase in
            let wasBegun = phase == .begun
            phase = .ended
            return wasBegun
        }
        guard wasBegun else { return nil }
        return try await pool.submit(Job(work, route: .closes(lease)), isCancellable: false)
    }

    private func checkIsUsable() throws(PostgresError) {
        guard phase.withLock({ $0 != .ended }) else {
            throw PostgresError(.sessionEnded, "a transaction or connection was used after its closure had returned", isRetrySafe: true)
        }
        guard !isCopying else {
            throw PostgresError(.sessionEnded, "a COPY is under way on this connection; run statements after it", isRetrySafe: true)
        }
    }

    func submit(_ work: (_ isFirst: Bool) -> Job.Work) async throws(PostgresError) -> [PostgresResult] {
        try checkIsUsable()
        guard !Task.isCancelled else { throw .cancelledBeforeSending }
        // Once the phase has changed the opening job must be submitted: others may already wait for it.
        let made = phase.withLock { phase -> Result<Job, PostgresError> in
            let isFirst = phase == .fresh
            let work = work(isFirst)
            if let problem = work.problem { return .failure(problem) }
            if isFirst { phase = .begun }
            return .success(Job(work, route: isFirst ? .opens(lease) : .continues(lease)))
        }
        return try await pool.submit(made.get())
    }
}
