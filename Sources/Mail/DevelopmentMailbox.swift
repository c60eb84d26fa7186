import Synchronization

/// Keeps the latest messages in memory instead of sending them, for people who develop.
public final class DevelopmentMailbox: Mailer {
    private let messages = Mutex<[MailMessage]>([])
    private let capacity: Int
    private let maximumBytes: Int

    /// - Parameters:
    ///   - capacity: Messages kept; the oldest goes first.
    ///   - maximumBytes: Of one message's texts; a larger one is refused.
    public init(capacity: Int = 200, maximumBytes: Int = 256 << 10) {
        self.capacity = max(1, capacity)
        self.maximumBytes = maximumBytes
    }

    public func send(_ message: MailMessage) async throws(MailError) {
        guard message.text.utf8.count + (message.html?.utf8.count ?? 0) <= maximumBytes else {
            throw MailError(.refused, "The message is larger than the development mailbox takes (\(maximumBytes) bytes).")
        }
        messages.withLock { messages in
            messages.append(message)
            if messages.count > capacity { messages.removeFirst(messages.count - capacity) }
        }
    }

    /// The messages kept, newest first.
    public var all: [MailMessage] { messages.withLock { $0.reversed() } }

    public func find(id: String) -> MailMessage? { messages.withLock { $0.last { $0.id == id } } }

    public func clear() { messages.withLock { $0.removeAll() } }
}
