import Synchronization

/// The jobs a worker holds: fetched, and not yet reported. Shared between its loop and the renewal of locks.
final class Ledger: Sendable {
    struct Entry: Sendable {
        let job: Job
        let token: String
        var lockedAt: ContinuousClock.Instant
    }

    private let entries = Mutex<[String: Entry]>([:])

    func add(_ job: Job, token: String) {
        entries.withLock { $0[token] = Entry(job: job, token: token, lockedAt: .now) }
    }

    func remove(token: String) {
        _ = entries.withLock { $0.removeValue(forKey: token) }
    }

    var all: [Entry] { entries.withLock { Array($0.values) } }

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
