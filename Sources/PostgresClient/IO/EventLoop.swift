import Glibc
import Synchronization

/// One I/O thread: waits for what its sockets have to say, and runs the tasks that chose it as their executor.
final class EventLoop: Sendable {
    /// Runs the jobs.
    private enum Server {
        case nobody
        /// A thread that came for what there was, before the loop ran or after its end.
        case visitor
        case loop
    }

    private struct State {
        var jobs: [UnownedJob] = []
        var isAsleep = false
        var server = Server.nobody
    }

    let poller: Poller
    private let state = Mutex(State())
    private let thread = Atomic<UInt>(0)

    init() throws(PostgresError) { poller = try Poller() }

    /// Whether the caller runs on its thread.
    var isCurrent: Bool { thread.load(ordering: .relaxed) == pthread_self() }

    /// Runs until `pause` says nil.
    ///
    /// - Parameter pause: How long to wait at most for something to happen, in milliseconds; -1 is without end.
    func run(as executor: UnownedTaskExecutor, pause: () -> Int32?, handle: (Poller.Event) -> Void) {
        thread.store(pthread_self(), ordering: .relaxed)
        state.withLock { $0.server = .loop }
        var arrivals = Poller.Arrivals()
        var jobs: [UnownedJob] = []
        while let milliseconds = pause() {
            let maySleep = prepareToSleep()
            poller.wait(milliseconds: maySleep ? milliseconds : 0, into: &arrivals)
            for event in arrivals.events { handle(event) }
            takeJobs(into: &jobs)
            for job in jobs { job.runSynchronously(on: executor) }
            jobs.removeAll(keepingCapacity: true)
        }
        thread.store(0, ordering: .relaxed)
        state.withLock { $0.server = .visitor }
        visit(as: executor)
    }

    // MARK: Tasks

    func enqueue(_ job: UnownedJob, as executor: UnownedTaskExecutor) {
        let (mustWake, mustVisit) = state.withLock { state in
            state.jobs.append(job)
            let result = (state.isAsleep, state.server == .nobody)
            state.isAsleep = false
            if state.server == .nobody { state.server = .visitor }
            return result
        }
        if mustWake { poller.wake() }
        if mustVisit, !startThread(named: "pg-tasks", { self.visit(as: executor) }) { visit(as: executor) }
    }

    /// Runs what there is until the loop itself does, or there is no more.
    private func visit(as executor: UnownedTaskExecutor) {
        var jobs: [UnownedJob] = []
        while true {
            state.withLock { state in
                guard state.server == .visitor else { return }
                if state.jobs.isEmpty { state.server = .nobody }
                swap(&state.jobs, &jobs)
            }
            if jobs.isEmpty { return }
            for job in jobs { job.runSynchronously(on: executor) }
            jobs.removeAll(keepingCapacity: true)
        }
    }

    private func prepareToSleep() -> Bool {
        state.withLock { state in
            state.isAsleep = state.jobs.isEmpty
            return state.isAsleep
        }
    }

    private func takeJobs(into jobs: inout [UnownedJob]) {
        state.withLock { state in
            state.isAsleep = false
            if !state.jobs.isEmpty { swap(&state.jobs, &jobs) }
        }
    }
}
