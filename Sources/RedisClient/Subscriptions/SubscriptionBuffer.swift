import NIOCore

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
