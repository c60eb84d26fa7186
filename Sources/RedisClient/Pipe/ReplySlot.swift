/// One caller waiting for one outcome. The first event decides it: the reply, the deadline, a cancellation, the loss of the
/// connection. Knows no task: what to resume is a result.
struct ReplySlot<Waiter, Outcome> {
    private enum State {
        /// No caller waits yet. Goes to waiting or, when the end comes first, to finished.
        case new
        case waiting(Waiter)
        /// Decided before anybody waited.
        case finished(Outcome)
        case delivered
    }

    enum Finish {
        case resume(Waiter)
        /// Kept for a caller that does not wait yet.
        case kept
        /// Somebody else was first.
        case ignored
    }

    private var state = State.new
    /// The bytes were handed to the socket: from then on it is unknown whether the command ran.
    private(set) var isWritten = false

    var isFinished: Bool {
        switch state {
        case .new, .waiting: false
        case .finished, .delivered: true
        }
    }

    /// The caller is ready to wait.
    /// - Returns: the outcome, when it is decided already.
    mutating func wait(_ waiter: Waiter) -> Outcome? {
        if case .finished(let outcome) = state {
            state = .delivered
            return outcome
        }
        state = .waiting(waiter)
        return nil
    }

    /// Claims it for sending; false when its caller no longer waits.
    mutating func claim() -> Bool {
        guard !isFinished else { return false }
        isWritten = true
        return true
    }

    mutating func finish(_ outcome: Outcome) -> Finish {
        switch state {
        case .new:
            state = .finished(outcome)
            return .kept
        case .waiting(let waiter):
            state = .delivered
            return .resume(waiter)
        case .finished, .delivered:
            return .ignored
        }
    }
}
