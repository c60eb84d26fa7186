import Synchronization

/// A job in a worker's hand: fetched, and not settled yet.
final class Assignment: Sendable {
    private enum Phase {
        /// Next: ended.
        case running(Task<Void, Never>?)
        /// Its processor is done, and the server does not know. Next: reported.
        case ended
        /// The report is under way. Next: ended again if it did not arrive, or nothing any more.
        case reported
    }

    private struct State {
        var phase = Phase.running(nil)
        var lockedAt: ContinuousClock.Instant
        /// Why its task was canceled, if it was.
        var cause: JobCanceled.Cause?

        var isRunning: Bool {
            if case .running = phase { true } else { false }
        }
    }

    let job: Job
    /// The lock's token, `<worker>:<n>`.
    let token: String
    let startedAt: ContinuousClock.Instant
    private let state: Mutex<State>

    init(_ job: Job, token: String, at now: ContinuousClock.Instant = .now) {
        self.job = job
        self.token = token
        startedAt = now
        state = Mutex(State(lockedAt: now))
    }

    // MARK: Its life

    /// The task that runs the job; canceled at once if somebody wanted that before it began.
    func attach(_ task: Task<Void, Never>) {
        let isCanceled = state.withLock { state in
            if state.isRunning { state.phase = .running(task) }
            return state.cause != nil
        }
        if isCanceled { task.cancel() }
    }

    func ended() { state.withLock { $0.phase = .ended } }
    func reported() { state.withLock { $0.phase = .reported } }

    var isRunning: Bool { state.withLock { $0.isRunning } }

    var task: Task<Void, Never>? {
        state.withLock { state in
            if case .running(let task) = state.phase { task } else { nil }
        }
    }

    // MARK: Being canceled

    var cause: JobCanceled.Cause? { state.withLock { $0.cause } }

    /// Cancels the task, unless it is done or somebody has done so: the first reason counts.
    func cancel(_ cause: JobCanceled.Cause) -> Bool {
        let (isChosen, task) = state.withLock { state -> (Bool, Task<Void, Never>?) in
            guard case .running(let task) = state.phase, state.cause == nil else { return (false, nil) }
            state.cause = cause
            return (true, task)
        }
        task?.cancel()
        return isChosen
    }

    // MARK: Its lock

    /// Whether the lock is older than that, and still needed: a report under way ends it.
    func needsRenewal(before limit: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            if case .reported = state.phase { false } else { state.lockedAt <= limit }
        }
    }

    func renewed(at time: ContinuousClock.Instant) { state.withLock { $0.lockedAt = time } }
}
