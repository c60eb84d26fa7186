import NIOCore
import Synchronization

/// Where all connections of a client leave their figures.
final class RedisMeter: Sendable {
    /// Of one turn of an event loop, so that a thousand replies cost one lock.
    struct MetricsDelta {
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
    func finished(_ request: RedisRequest, _ outcome: RedisRequest.Outcome, at now: NIODeadline, _ delta: inout MetricsDelta) {
        guard request.isCallers else { return }
        delta.flights += 1
        delta.commands += request.replyCount
        delta.waited = delta.waited + (now - request.accepted)
        switch outcome {
        case .success(let replies): delta.refusals += replies.errorCount
        case .failure: delta.failures += request.replyCount
        }
        if let report = observer?.commandFinished { report(RedisCommandEvent(request, outcome, at: now)) }
    }

    func add(_ delta: MetricsDelta) {
        guard delta.flights > 0 else { return }
        state.withLock { state in
            state.commands += delta.commands
            state.refusals += delta.refusals
            state.failures += delta.failures
            state.flights += delta.flights
            state.waited += Duration(delta.waited)
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
