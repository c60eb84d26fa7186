/// The events of a queue in their order, as they happen: see ``Queue/events(after:)``.
///
/// Iterating opens a connection of its own, and goes on over a new one when that breaks: nothing is told twice, and nothing is left out that
/// Redis still has. It keeps the latest ten thousand or so (`maxLenEvents`); who falls further behind misses some. The next read waits for
/// the consumer, so at most a few thousand are in memory.
///
/// Ends when the task is cancelled; throws `RedisError` when the client was closed or may not use the server.
public struct QueueEvents: AsyncSequence, Sendable {
    public typealias Element = QueueEvent

    let queue: Queue
    let position: String

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(feed: EventFeed(queue: queue, position: position))
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        private let feed: EventFeed
        private var batch: ArraySlice<QueueEvent> = []

        fileprivate init(feed: EventFeed) {
            self.feed = feed
        }

        public mutating func next() async throws -> QueueEvent? {
            while batch.isEmpty {
                guard let events = try await feed.next() else { return nil }
                batch = events[...]
            }
            return batch.removeFirst()
        }
    }
}

/// Reads ahead of one consumer, and stops when it is gone: its task belongs to this object, which belongs to the iterator.
private final class EventFeed: Sendable {
    private let exchange = EventExchange()
    private let task: Task<Void, Never>

    init(queue: Queue, position: String) {
        task = Task { [exchange] in
            var reader = EventReader(queue: queue, position: position, exchange: exchange)
            await reader.run()
        }
    }

    deinit {
        task.cancel()
    }

    func next() async throws -> [QueueEvent]? {
        try await withTaskCancellationHandler {
            try await exchange.take()
        } onCancel: {
            task.cancel()
            exchange.end(nil)
        }
    }
}
