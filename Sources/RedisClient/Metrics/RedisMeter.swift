import NIOCore
import Synchronization

/// Where all connections of a client leave their figures.
final class RedisMeter: Sendable {
    /// Of one turn of an event loop, so that a thousand replies cost one lock.
    struct Tally {
        fileprivate var commands = 0
        fileprivate var refusals = 0
        fileprivate var failures = 0
        fileprivate var flights = 0
        fileprivate var waited = TimeAmount.zero
    }

    private let observer: RedisObserver?
    private let state = Mutex(RedisStatistics())

    init(observer: RedisObserver? = nil) {
        self.observer = observer
    }

    var statistics: RedisStatistics { state.withLock { $0 } }

    /// The wait for `request` is over: counts it, and tells the observer.
    func finished(_ request: RedisRequest, _ outcome: RedisRequest.Outcome, at now: NIODeadline, _ tally: inout Tally) {
        guard request.isCallers else { return }
        tally.flights += 1
        tally.commands += request.replyCount
        tally.waited = tally.waited + (now - request.accepted)
        switch outcome {
        case .success(let replies): tally.refusals += replies.errorCount
        case .failure: tally.failures += request.replyCount
        }
        if let report = observer?.commandFinished { report(RedisCommandEvent(request, outcome, at: now)) }
    }

    func add(_ tally: Tally) {
        guard tally.flights > 0 else { return }
        state.withLock { state in
            state.commands += tally.commands
            state.refusals += tally.refusals
            state.failures += tally.failures
            state.flights += tally.flights
            state.waited += Duration(tally.waited)
        }
    }

    func update(inFlight: Int, waiting: Int) {
        state.withLock { ($0.inFlight, $0.waiting) = (inFlight, waiting) }
    }

    func opened() {
        state.withLock { state in
            state.connections += 1
            state.connects += 1
        }
        observer?.connectionOpened?()
    }

    func closed() {
        state.withLock { $0.connections -= 1 }
        observer?.connectionClosed?()
    }

    func failedToConnect(_ error: RedisError) {
        state.withLock { $0.connectFailures += 1 }
        observer?.connectionFailed?(error)
    }
}
