import Primitives
import Synchronization

/// Which keys this process has noted as used within the last minute, so that a busy key costs no statement.
final class TouchMemory: Sendable {
    private let last = Mutex<[String: Timestamp]>([:])
    private static let interval = Duration.seconds(60)
    private static let capacity = 10000

    /// Whether the use was written within the last minute.
    func isRecent(_ id: String, at now: Timestamp) -> Bool {
        last.withLock { last in last[id].map { now - $0 < Self.interval } ?? false }
    }

    /// Whether the use should be written; remembers that it was.
    func shouldWrite(_ id: String, at now: Timestamp) -> Bool {
        last.withLock { last in
            if let before = last[id], now - before < Self.interval { return false }
            if last.count >= Self.capacity {
                last = last.filter { now - $0.value < Self.interval }
                // Thousands of keys within a minute: forgetting costs a statement each, remembering would cost memory without end.
                if last.count >= Self.capacity { last.removeAll() }
            }
            last[id] = now
            return true
        }
    }
}
