/// What a subscription tells its consumer, in the order in which it happened.
public enum RedisSubscriptionEvent: Sendable, Hashable {
    /// The server has confirmed every channel and pattern: what is published from now on arrives. Always the first event.
    case subscribed
    case message(RedisMessage)
    /// Messages may have been lost at this point, and what follows is live again: reload any state derived from messages.
    case missed(RedisMissedReason)
}

/// Why messages of a subscription may have been lost.
public enum RedisMissedReason: Sendable, Hashable {
    /// The connection broke and was restored; messages published meanwhile are lost.
    case reconnected
    /// The consumer was too slow: the buffer was full, and this many messages were dropped.
    case overflow(dropped: Int)
}

/// A message somebody published.
public struct RedisMessage: Sendable, Hashable {
    public let channel: String
    /// The pattern through which it came, nil for a subscription to the channel itself.
    public let pattern: String?
    public let payload: [UInt8]

    /// The payload as text; what is not UTF-8 is replaced by U+FFFD.
    public var text: String { String(decoding: payload, as: UTF8.self) }
}

/// Messages of some channels and patterns, from ``Redis/subscribe(to:patterns:buffer:)``. For one consumer: iterate over it once.
///
/// The subscription survives reconnects, and says so by ``RedisSubscriptionEvent/missed(_:)``. It ends (the iteration returns nil) when
/// the iterating task is cancelled, and it is given back to the server then, or when nothing refers to it any more. It fails with a
/// ``RedisError`` when the client was closed, or when the server refuses it: wrong password, no permission for a channel.
public struct RedisSubscription: AsyncSequence, Sendable {
    public typealias Element = RedisSubscriptionEvent
    public typealias Failure = RedisError

    /// What is kept for a slow consumer, at most; the rest is dropped and counted. One message always fits.
    public struct Buffer: Sendable, Hashable {
        public var messages: Int
        /// Of channel names and payloads.
        public var bytes: Int

        public init(messages: Int = 1024, bytes: Int = 8 * 1024 * 1024) {
            self.messages = messages
            self.bytes = bytes
        }
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let lease: SubscriptionLease

        public mutating func next() async throws(RedisError) -> RedisSubscriptionEvent? {
            try await lease.next()
        }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws(RedisError) -> RedisSubscriptionEvent? {
            try await lease.next()
        }
    }

    let lease: SubscriptionLease

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(lease: lease) }
}
