/// What a listener hears.
public enum PostgresListenEvent: Hashable, Sendable {
    /// Somebody's `NOTIFY`, delivered when their transaction committed. The payload is empty when none was given, and below 8,000 bytes.
    case notification(channel: String, payload: String)
    /// The connection broke: from here until the next ``mayHaveMissed`` nothing can be heard. Rely on nothing that a notification would
    /// have contradicted.
    case interrupted
    /// Notifications may have been lost: the connection broke and is back, or the reader was too slow. Read again whatever the
    /// notifications are about; from here on they are complete once more.
    case mayHaveMissed
}

/// The notifications of some channels, in the order in which the server delivered them; made by ``PostgresPool/listen(to:bufferLimit:)``.
///
/// It does not fail: a broken connection is replaced with jittered back-off for as long as it takes, between ``PostgresListenEvent/interrupted``
/// and ``PostgresListenEvent/mayHaveMissed``. It ends when the pool closes, or when the iterating task is cancelled. The connection is given up with the last copy of
/// this value and its iterators. Several iterators share the events between them: each event goes to one of them.
public struct PostgresNotifications: AsyncSequence, Sendable {
    public typealias Element = PostgresListenEvent
    public typealias Failure = Never

    /// Stops the listener when its last reader is gone.
    final class Subscription: Sendable {
        let listener: Listener
        init(listener: Listener) { self.listener = listener }
        deinit { listener.stop() }
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        public typealias Failure = Never
        let subscription: Subscription

        /// The next event; nil at the end of the sequence, or when the task is cancelled.
        public mutating func next() async -> PostgresListenEvent? { await subscription.listener.events.next() }
    }

    let subscription: Subscription

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(subscription: subscription) }
}

extension PostgresPool {
    /// Listens on `channels` with a connection of its own, beside the pool's limits, and returns once notifications sent from now on will arrive.
    ///
    ///     for await event in try await pool.listen(to: "jobs") {
    ///         switch event {
    ///         case .notification(_, let payload): wake(payload)
    ///         case .interrupted: break
    ///         case .mayHaveMissed: wakeAll()
    ///         }
    ///     }
    ///
    /// Does not work through a transaction pooler.
    ///
    /// - Parameters:
    ///   - channels: Exact names, 1 to 63 bytes each. Mind that `NOTIFY Jobs` without quotes means `jobs`.
    ///   - bufferLimit: Events kept for a slow reader, 1 or more. One more than these, and all of them become one
    ///     ``PostgresListenEvent/mayHaveMissed``.
    /// - Throws: ``PostgresError`` when no connection could be made within ``PostgresPoolConfiguration/acquireTimeout``, at once when the
    ///   server refuses the credentials; `.invalidConfiguration` for names that cannot be.
    public func listen(to channels: String..., bufferLimit: Int = 1024) async throws(PostgresError) -> PostgresNotifications {
        try await listen(to: channels, bufferLimit: bufferLimit)
    }

    /// See ``listen(to:bufferLimit:)-(String...,_)``.
    public func listen(to channels: [String], bufferLimit: Int = 1024) async throws(PostgresError) -> PostgresNotifications {
        guard !channels.isEmpty, bufferLimit >= 1 else {
            throw PostgresError(.invalidConfiguration, "listening takes at least one channel and a buffer of at least 1", isRetrySafe: true)
        }
        for channel in channels where channel.isEmpty || channel.utf8.count > 63 || channel.utf8.contains(0) {
            throw PostgresError(.invalidConfiguration, "a channel's name must be 1 to 63 bytes, none of them zero", isRetrySafe: true)
        }
        let listener = try Listener(channels: channels, bufferLimit: bufferLimit, configuration: configuration, logger: logger)
        let subscription = PostgresNotifications.Subscription(listener: listener)
        guard !Task.isCancelled else { throw .cancelledBeforeSending }
        guard listeners.add(listener) else { throw .poolClosed }
        try await withTaskCancellationHandler {
            await withCheckedContinuation { listener.start(removingFrom: listeners, whenListening: $0) }
        } onCancel: {
            listener.stop()
        }.get()
        return PostgresNotifications(subscription: subscription)
    }
}
