import NIOCore
import Synchronization

/// What a subscription holds for its consumer: a value, so that its rules can be tested without one.
struct SubscriptionBuffer {
    private let limits: RedisSubscription.Buffer
    private var events = CircularBuffer<RedisSubscriptionEvent>()
    private var messages = 0
    private(set) var bytes = 0
    /// Messages dropped after the newest buffered event.
    private var dropped = 0

    init(limits: RedisSubscription.Buffer) {
        self.limits = limits
    }

    mutating func append(_ event: RedisSubscriptionEvent) {
        switch event {
        case .message(let message):
            let size = Self.size(message)
            if messages > 0, messages >= limits.messages || bytes + size > limits.bytes {
                dropped += 1
                return
            }
            noteLoss()
            events.append(event)
            messages += 1
            bytes += size
        case .missed, .subscribed:
            // One notice is enough, however often the connection came and went while the consumer slept.
            if events.last == event { return }
            noteLoss()
            events.append(event)
        }
    }

    /// At the place of the loss, before what comes after it.
    private mutating func noteLoss() {
        if dropped > 0 { events.append(.missed(.overflow(dropped: dropped))) }
        dropped = 0
    }

    mutating func popFirst() -> RedisSubscriptionEvent? {
        guard let event = events.popFirst() else {
            let lost = dropped
            dropped = 0
            return lost > 0 ? .missed(.overflow(dropped: lost)) : nil
        }
        if case .message(let message) = event {
            messages -= 1
            bytes -= Self.size(message)
        }
        return event
    }

    private static func size(_ message: RedisMessage) -> Int {
        message.payload.count + message.channel.utf8.count
    }
}

/// Where messages wait for one consumer.
final class SubscriptionInbox: Sendable {
    typealias Outcome = Result<RedisSubscriptionEvent?, RedisError>

    private struct State {
        var buffer: SubscriptionBuffer
        var consumer: CheckedContinuation<Outcome, Never>?
        var end: Outcome?
    }

    private let state: Mutex<State>

    init(limits: RedisSubscription.Buffer) {
        state = Mutex(State(buffer: SubscriptionBuffer(limits: limits)))
    }

    func append(_ event: RedisSubscriptionEvent) {
        let consumer = state.withLock { state -> CheckedContinuation<Outcome, Never>? in
            guard state.end == nil else { return nil }
            guard let consumer = state.consumer else {
                state.buffer.append(event)
                return nil
            }
            state.consumer = nil
            return consumer
        }
        consumer?.resume(returning: .success(event))
    }

    /// Ends it for good: after an error what is buffered is still read, after nil (nobody wants it) nothing is.
    func finish(_ error: RedisError?) {
        let consumer = state.withLock { state -> CheckedContinuation<Outcome, Never>? in
            if error == nil { state.buffer = SubscriptionBuffer(limits: .init(messages: 0, bytes: 0)) }
            if state.end == nil { state.end = error.map { .failure($0) } ?? .success(nil) }
            let consumer = state.consumer
            state.consumer = nil
            return consumer
        }
        consumer?.resume(returning: error.map { .failure($0) } ?? .success(nil))
    }

    func next() async -> Outcome {
        await withCheckedContinuation { continuation in
            let outcome = state.withLock { state -> Outcome? in
                if let event = state.buffer.popFirst() { return .success(event) }
                if let end = state.end { return end }
                precondition(state.consumer == nil, "a subscription has one consumer; it was iterated over twice at once")
                state.consumer = continuation
                return nil
            }
            if let outcome { continuation.resume(returning: outcome) }
        }
    }
}
