import Dispatch
import Synchronization

/// Runs slow, blocking work on threads of its own, a few at a time, so that a storm of it neither holds the threads that serve requests
/// nor fills the memory.
public final class BlockingLane: Sendable {
    /// The waiting line is full, or the caller was cancelled while in it.
    public enum Refusal: Error, Sendable { case busy, cancelled }

    private struct State {
        var running = 0
        var nextTicket: UInt64 = 0
        /// In order of arrival.
        var waiting: [(ticket: UInt64, turn: CheckedContinuation<Bool, Never>)] = []
    }

    private let state = Mutex(State())
    private let queue: DispatchQueue
    private let width: Int
    private let maximumWaiting: Int

    /// - Parameters:
    ///   - label: Of its threads, for debuggers.
    ///   - width: Pieces of work at once, 1 or more.
    ///   - maximumWaiting: Callers that may wait; one more is refused.
    public init(label: String, width: Int, maximumWaiting: Int) {
        queue = DispatchQueue(label: label, attributes: .concurrent)
        self.width = max(1, width)
        self.maximumWaiting = maximumWaiting
    }

    /// Callers that wait for their turn.
    public var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Waits for a turn, in order of arrival, and runs the work on a thread that may block. Work that has begun is not cancelled.
    public func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async throws(Refusal) -> Value {
        try await takeTurn()
        defer { passTurn() }
        return await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: work()) }
        }
    }

    private enum Entry { case go, wait(UInt64), refuse }

    private func takeTurn() async throws(Refusal) {
        let entry = state.withLock { state -> Entry in
            if state.running < width {
                state.running += 1
                return .go
            }
            guard state.waiting.count < maximumWaiting else { return .refuse }
            state.nextTicket += 1
            return .wait(state.nextTicket)
        }
        switch entry {
        case .go: return
        case .refuse: throw .busy
        case .wait(let ticket): guard await waitForTurn(ticket) else { throw .cancelled }
        }
    }

    /// True once the turn is ours, false when the task was cancelled first.
    private func waitForTurn(_ ticket: UInt64) async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (turn: CheckedContinuation<Bool, Never>) in
                let answer = state.withLock { state -> Bool? in
                    // Checked under the lock: a cancellation that ran before we joined found nobody to remove.
                    if Task.isCancelled { return false }
                    if state.running < width {
                        state.running += 1
                        return true
                    }
                    state.waiting.append((ticket, turn))
                    return nil
                }
                if let answer { turn.resume(returning: answer) }
            }
        } onCancel: {
            let turn = state.withLock { state in
                state.waiting.firstIndex { $0.ticket == ticket }.map { state.waiting.remove(at: $0).turn }
            }
            turn?.resume(returning: false)
        }
    }

    private func passTurn() {
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard !state.waiting.isEmpty else {
                state.running -= 1
                return nil
            }
            return state.waiting.removeFirst().turn
        }
        next?.resume(returning: true)
    }
}
