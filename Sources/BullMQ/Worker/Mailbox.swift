import Synchronization

/// What happened since the worker's loop looked last. Any task posts; one task, the loop, reads.
final class Mailbox: Sendable {
    enum Event: Sendable {
        /// A processor ended.
        case finished(Report)
        /// A turn with the server is over.
        case landed(Flight)
        /// The blocking wait ended: with a marker's score and key, or without when it timed out or failed.
        case woken(score: Double?, marker: String?)
        /// The number of jobs to run at once may have changed.
        case concurrencyChanged
        /// Fetch nothing, or fetch again.
        case paused(Bool)
        /// Stop fetching, and be gone at the deadline; nil: when all is done.
        case stop(deadline: ContinuousClock.Instant?)
        case deadlinePassed
    }

    private struct State {
        var events: [Event] = []
        var reader: CheckedContinuation<[Event], Never>?

        mutating func takeEvents() -> [Event] {
            let taken = events
            events = []
            return taken
        }
    }

    private let state = Mutex(State())

    func post(_ event: Event) {
        let (reader, events) = state.withLock { state -> (CheckedContinuation<[Event], Never>?, [Event]) in
            state.events.append(event)
            guard let reader = state.reader else { return (nil, []) }
            state.reader = nil
            return (reader, state.takeEvents())
        }
        reader?.resume(returning: events)
    }

    /// Everything that has gathered, without waiting.
    func take() -> [Event] {
        state.withLock { $0.takeEvents() }
    }

    /// Everything that has gathered; waits until there is something.
    func next() async -> [Event] {
        await withCheckedContinuation { continuation in
            let events = state.withLock { state -> [Event] in
                precondition(state.reader == nil, "a mailbox has one reader")
                if state.events.isEmpty { state.reader = continuation }
                return state.takeEvents()
            }
            if !events.isEmpty { continuation.resume(returning: events) }
        }
    }
}
