import Synchronization

/// The jobs a worker holds: fetched, and not yet reported. Shared between its loop, the renewal of locks, and whoever cancels.
final class Ledger: Sendable {
    struct Entry: Sendable {
        let job: Job
        let token: String
        let startedAt: ContinuousClock.Instant
        var lockedAt: ContinuousClock.Instant
        var task: Task<Void, Never>?
        /// Why its task was canceled, if it was.
        var cause: JobCanceled.Cause?
    }

    private let entries = Mutex<[String: Entry]>([:])

    func add(_ job: Job, token: String) {
        let now = ContinuousClock.now
        entries.withLock { $0[token] = Entry(job: job, token: token, startedAt: now, lockedAt: now) }
    }

    /// The task that runs the job; canceled at once if somebody wanted that before it began.
    func attach(_ task: Task<Void, Never>, token: String) {
        let isCanceled = entries.withLock { entries in
            entries[token]?.task = task
            return entries[token]?.cause != nil
        }
        if isCanceled { task.cancel() }
    }

    func remove(token: String) {
        _ = entries.withLock { $0.removeValue(forKey: token) }
    }

    var all: [Entry] { entries.withLock { Array($0.values) } }

    func cause(of token: String) -> JobCanceled.Cause? {
        entries.withLock { $0[token]?.cause }
    }

    /// Cancels the tasks of the entries that `choose` picks, the first reason counts. Returns their entries.
    @discardableResult
    func cancel(_ cause: JobCanceled.Cause, where choose: (Entry) -> Bool) -> [Entry] {
        let chosen = entries.withLock { entries in
            let chosen = entries.values.filter { $0.cause == nil && choose($0) }
            for entry in chosen { entries[entry.token]?.cause = cause }
            return chosen
        }
        for entry in chosen { entry.task?.cancel() }
        return chosen
    }

    /// When the job that started first did.
    var firstStart: ContinuousClock.Instant? {
        entries.withLock { $0.values.lazy.filter { $0.cause == nil }.map(\.startedAt).min() }
    }

    /// Entries whose lock is older than `age`.
    func due(age: Duration) -> [Entry] {
        let limit = ContinuousClock.now - age
        return entries.withLock { $0.values.filter { $0.lockedAt <= limit } }
    }

    func renewed(_ tokens: [String], at time: ContinuousClock.Instant) {
        entries.withLock { entries in
            for token in tokens { entries[token]?.lockedAt = time }
        }
    }
}
