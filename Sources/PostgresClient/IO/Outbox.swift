import Synchronization

/// The jobs that the pool has given to one connection and that are not on the connection yet.
///
/// Filled under the pool's lock, emptied under the connection's, so that jobs are sent in the order in which they were given.
final class Outbox: Sendable {
    private struct State {
        var jobs: [Job] = []
        var isSealed = false
    }

    private let state = Mutex(State())

    var isEmpty: Bool { state.withLock { $0.jobs.isEmpty } }

    func append(_ job: Job) {
        state.withLock { state in if !state.isSealed { state.jobs.append(job) } }
    }

    /// Swaps `jobs`, which must be empty, with those to be sent now.
    func take(into jobs: inout [Job]) {
        state.withLock { state in if !state.jobs.isEmpty { swap(&state.jobs, &jobs) } }
    }

    /// Nothing is taken from now on. Returns how many never were.
    func seal() -> Int {
        state.withLock { state in
            state.isSealed = true
            let count = state.jobs.count
            state.jobs = []
            return count
        }
    }
}
