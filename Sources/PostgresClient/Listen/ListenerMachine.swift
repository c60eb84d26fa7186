/// What becomes of a listener: connecting for the first time, listening, and connecting again after a break. A value without sockets and without
/// a clock; the code that carries out its steps reports the results.
struct ListenerMachine {
    /// What is to be done, and said, next.
    struct Step {
        enum Work: Equatable {
            /// Connects and sends LISTEN; then ``ListenerMachine/listening()`` or ``ListenerMachine/failed(_:at:using:)``.
            case connect
            /// Passes on what arrives until the connection breaks: ``ListenerMachine/failed(_:at:using:)``.
            case receive
            /// Waits until this moment; then ``ListenerMachine/paused()``.
            case pause(until: Int64)
            /// Nothing more.
            case end
        }

        var work: Work
        /// For the caller that waits for the start; a listener starts once.
        var answer: Result<Void, PostgresError>?
        /// For the readers.
        var event: PostgresListenEvent?
        /// For the log: the connection broke, or cannot be made again.
        var warning: PostgresError?
    }

    private enum Phase {
        /// No event was delivered yet; a caller waits for the start.
        case starting
        case listening
        /// The connection broke, and the readers were told.
        case away
        case ended
    }

    private let startDeadline: Int64
    private var phase = Phase.starting
    private var backoff = Backoff()

    /// - Parameter startDeadline: Until when the first LISTEN has to be through, in nanoseconds on the caller's clock.
    init(startDeadline: Int64) { self.startDeadline = startDeadline }

    func started() -> Step { Step(work: phase == .ended ? .end : .connect) }

    /// The server has confirmed LISTEN: what is sent from now on will arrive.
    mutating func listening() -> Step {
        let before = phase
        guard before != .ended else { return Step(work: .end) }
        phase = .listening
        backoff.succeeded()
        return Step(
            work: .receive, answer: before == .starting ? .success(()) : nil, event: before == .away ? .mayHaveMissed : nil)
    }

    /// Connecting failed, or the connection broke.
    ///
    /// The caller that waits for the start gets the error when a retry is pointless or would come after the deadline. After the start nothing ends the
    /// attempts: a password may be corrected, and readers rely on being told that they missed events.
    mutating func failed(_ error: PostgresError, at now: Int64, jitter: Double) -> Step {
        backoff.failed(at: now, jitter: jitter)
        let pause = Step.Work.pause(until: backoff.notBefore)
        switch phase {
        case .starting where error.isPermanentRefusal || backoff.notBefore >= startDeadline:
            phase = .ended
            return Step(work: .end, answer: .failure(error))
        case .starting:
            return Step(work: pause, warning: error)
        case .listening:
            phase = .away
            return Step(work: pause, event: .interrupted, warning: error)
        case .away:
            return Step(work: pause, warning: error)
        case .ended:
            return Step(work: .end)
        }
    }

    func paused() -> Step { started() }

    /// The listener was stopped. Its readers have reached the end already.
    mutating func stopped() -> Step {
        let wasStarting = phase == .starting
        phase = .ended
        return Step(work: .end, answer: wasStarting ? .failure(.cancelledBeforeSending) : nil)
    }
}
