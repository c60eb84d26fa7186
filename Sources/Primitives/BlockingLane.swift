import Synchronization

/// Runs slow, blocking work on threads of its own, a few at a time, so that a storm of it neither holds the threads that serve requests
/// nor fills the memory.
///
/// A thread lives while there is work: it takes the next piece in line when it is done with one, and ends when there is none.
public final class BlockingLane: Sendable {
    /// The waiting line is full (or the system has no more threads), or the caller was cancelled while in it.
    public enum Refusal: Error, Sendable { case busy, cancelled }

    /// A caller in line. `perform` does the work and returns what hands the result over.
    private struct Job: Sendable {
        let ticket: UInt64
        let perform: @Sendable () -> @Sendable () -> Void
        let refuse: @Sendable (Refusal) -> Void
    }

    private struct State {
        var running = 0
        var nextTicket: UInt64 = 0
        /// In order of arrival.
        var waiting: [Job] = []
    }

    private let state = Mutex(State())
    private let label: String
    private let width: Int
    private let maximumWaiting: Int
    private let niceness: Int32

    /// - Parameters:
    ///   - label: Of its threads, for debuggers; Linux shows 15 characters.
    ///   - width: Pieces of work at once, 1 or more.
    ///   - maximumWaiting: Callers that may wait; one more is refused.
    ///   - niceness: 0 to 19, added to the process's. Above 0 the system lets its other threads go first, so that work which fills the
    ///     processors delays nobody.
    public init(label: String, width: Int, maximumWaiting: Int, niceness: Int = 0) {
        self.label = label
        self.width = max(1, width)
        self.maximumWaiting = maximumWaiting
        self.niceness = Int32(min(max(0, niceness), 19))
    }

    /// Callers that wait for their turn.
    public var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Waits for a turn, in order of arrival, and runs the work on a thread that may block. Work that has begun is not cancelled.
    public func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async throws(Refusal) -> Value {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Result<Value, Refusal>, Never>) in
                enter(
                    Job(
                        ticket: ticket,
                        perform: {
                            let value = work()
                            return { continuation.resume(returning: .success(value)) }
                        },
                        refuse: { continuation.resume(returning: .failure($0)) }))
            }
        } onCancel: {
            let job = state.withLock { state in
                state.waiting.firstIndex { $0.ticket == ticket }.map { state.waiting.remove(at: $0) }
            }
            job?.refuse(.cancelled)
        }
        return try result.get()
    }

    private enum Entry { case go, wait, refuse(Refusal) }

    private func enter(_ job: Job) {
        let entry = state.withLock { state -> Entry in
            if state.running < width {
                state.running += 1
                return .go
            }
            // Checked under the lock: a cancellation that ran before we joined found nobody to remove.
            if Task.isCancelled { return .refuse(.cancelled) }
            guard state.waiting.count < maximumWaiting else { return .refuse(.busy) }
            state.waiting.append(job)
            return .wait
        }
        switch entry {
        case .go:
            if !BlockingThread.start(named: label, niceness: niceness, { self.work(from: job) }) { giveUp(job) }
        case .wait: break
        case .refuse(let refusal): job.refuse(refusal)
        }
    }

    private func work(from first: Job) {
        var job = first
        while true {
            let handOver = job.perform()
            // The turn passes on before the result does: who gets it may come back at once.
            let next = takeNext()
            handOver()
            guard let next else { return }
            job = next
        }
    }

    private func takeNext() -> Job? {
        state.withLock { state in
            if state.waiting.isEmpty {
                state.running -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
    }

    /// No thread could be had. Those who wait rely on the threads that run; where none does, nobody would ever come for them.
    private func giveUp(_ job: Job) {
        let stranded = state.withLock { state -> [Job] in
            state.running -= 1
            guard state.running == 0 else { return [] }
            let waiting = state.waiting
            state.waiting = []
            return waiting
        }
        for one in [job] + stranded { one.refuse(.busy) }
    }
}
