import Synchronization

/// One publisher's wait for its message's commit: resolved once, by the batch or by the caller's own cancellation, whichever comes first.
final class PublishTicket: Sendable {
    private enum State {
        case idle
        case waiting(CheckedContinuation<Int, any Error>)
        case resolved(Result<Int, any Error>)
    }

    private let state = Mutex(State.idle)

    func wait(with continuation: CheckedContinuation<Int, any Error>) {
        let early: Result<Int, any Error>? = state.withLock { state in
            if case .resolved(let result) = state { return result }
            state = .waiting(continuation)
            return nil
        }
        if let early { continuation.resume(with: early) }
    }

    /// Later calls change nothing.
    func resolve(_ result: Result<Int, any Error>) {
        let waiting: CheckedContinuation<Int, any Error>? = state.withLock { state in
            switch state {
            case .idle:
                state = .resolved(result)
                return nil
            case .waiting(let continuation):
                state = .resolved(result)
                return continuation
            case .resolved: return nil
            }
        }
        waiting?.resume(with: result)
    }
}
