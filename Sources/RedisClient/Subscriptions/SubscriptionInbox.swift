import Synchronization

/// What a consumer's next look finds: an event, nil at the end, or why there are no more.
typealias SubscriptionOutcome = Result<RedisSubscriptionEvent?, RedisError>

/// Events for one consumer, which waits for them or lets them accumulate. Knows no task: the continuation to resume is a result.
struct SubscriptionInboxMachine<Consumer> {
    private var buffer: SubscriptionBuffer
    private var consumer: Consumer?
    private var end: SubscriptionOutcome?

    init(limits: RedisSubscription.Buffer) {
        buffer = SubscriptionBuffer(limits: limits)
    }

    /// - Returns: the waiting consumer; nil when the event was buffered or dropped.
    mutating func append(_ event: RedisSubscriptionEvent) -> Consumer? {
        guard end == nil else { return nil }
        if consumer == nil { buffer.append(event) }
        return takeConsumer()
    }

    /// The end, for good; the first one counts. After an error the buffer is still read; after nil (cancelled) it is not.
    /// - Returns: the waiting consumer, to be resumed.
    mutating func finish(_ error: RedisError?) -> Consumer? {
        if error == nil { buffer = SubscriptionBuffer(limits: .init(messages: 0, bytes: 0)) }
        if end == nil { end = error.map { .failure($0) } ?? .success(nil) }
        return takeConsumer()
    }

    /// The consumer wants the next event.
    /// - Returns: nil when there is none yet; the consumer is kept then.
    mutating func next(_ consumer: Consumer) -> SubscriptionOutcome? {
        if let event = buffer.popFirst() { return .success(event) }
        if let end { return end }
        precondition(self.consumer == nil, "a subscription has one consumer; it was iterated over twice at once")
        self.consumer = consumer
        return nil
    }

    private mutating func takeConsumer() -> Consumer? {
        defer { consumer = nil }
        return consumer
    }
}

/// Where messages wait for one consumer.
final class SubscriptionInbox: Sendable {
    private let machine: Mutex<SubscriptionInboxMachine<CheckedContinuation<SubscriptionOutcome, Never>>>

    init(limits: RedisSubscription.Buffer) {
        machine = Mutex(SubscriptionInboxMachine(limits: limits))
    }

    func append(_ event: RedisSubscriptionEvent) {
        machine.withLock { $0.append(event) }?.resume(returning: .success(event))
    }

    func finish(_ error: RedisError?) {
        machine.withLock { $0.finish(error) }?.resume(returning: error.map { .failure($0) } ?? .success(nil))
    }

    func next() async -> SubscriptionOutcome {
        await withCheckedContinuation { continuation in
            let outcome = machine.withLock { $0.next(continuation) }
            if let outcome { continuation.resume(returning: outcome) }
        }
    }
}
