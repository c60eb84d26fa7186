import Synchronization

/// The jobs a worker holds. Shared between its loop, the renewal of locks, and whoever cancels.
final class Ledger: Sendable {
    private let assignments = Mutex<[ObjectIdentifier: Assignment]>([:])

    func add(_ assignment: Assignment) {
        assignments.withLock { $0[ObjectIdentifier(assignment)] = assignment }
    }

    func remove(_ assignment: Assignment) {
        _ = assignments.withLock { $0.removeValue(forKey: ObjectIdentifier(assignment)) }
    }

    var all: [Assignment] { assignments.withLock { Array($0.values) } }
    var count: Int { assignments.withLock { $0.count } }

    /// Cancels the running ones that `choose` picks. Returns those for which this was the first reason.
    @discardableResult
    func cancel(_ cause: JobCanceled.Cause, where choose: (Assignment) -> Bool) -> [Assignment] {
        all.filter { choose($0) && $0.cancel(cause) }
    }

    /// When the job that has run longest started, of those that nobody has canceled.
    var firstStart: ContinuousClock.Instant? {
        all.lazy.filter { $0.isRunning && $0.cause == nil }.map(\.startedAt).min()
    }

    /// Those whose lock is older than `age`.
    func due(age: Duration) -> [Assignment] {
        let limit = ContinuousClock.now - age
        return all.filter { $0.needsRenewal(before: limit) }
    }
}
