import BullMQ
import BullMQOutbox
import PostgresClient
import Primitives
import TypedSQL

/// Puts back into Redis what PostgreSQL knows to be unfinished and Redis has forgotten.
///
/// PostgreSQL holds what was accepted; Redis only what is due. A Redis that was wiped, restored or cut short therefore loses nothing for good.
struct Reconciler: Sendable {
    let queue: Queue
    let outbox: Outbox

    private static let pageSize = 500
    /// How long a due message may sit still before a pass of the overdue looks at it.
    private static let patience = Duration.seconds(60)

    /// Which messages a pass looks at.
    enum Scope {
        /// Every unfinished one: for a Redis that has lost its memory.
        case all
        /// Those that have been due for a minute while nothing happened to them.
        case overdue
    }

    /// An unfinished message: its id, its organization and queue, and when it is due.
    private typealias Row = (id: MessageID, organizationID: String, queueID: QueueID, dueAt: Timestamp)

    /// Looks at every message of the scope, in pages, and enqueues those that Redis does not have.
    ///
    /// - Parameter connection: of the system role, since the messages are every organization's; the leader's own, so that a pass does not
    ///   depend on a free one.
    /// - Returns: how many were put back.
    func pass(_ scope: Scope, on connection: PostgresConnection) async throws -> Int {
        var restored = 0
        var last: Row?
        // Younger messages are on their way by themselves; without a bound the pass would chase them for ever.
        let start = Timestamp.now
        while true {
            try Task.checkCancellation()
            let page = try await rows(scope, after: last, acceptedBefore: start, on: connection)
            restored += try await restore(page)
            guard page.count == Self.pageSize else { return restored }
            last = page.last
        }
    }

    private func rows(
        _ scope: Scope, after last: Row?, acceptedBefore start: Timestamp, on connection: PostgresConnection
    ) async throws -> [Row] {
        let patience = start - Self.patience
        // The order is the index's, so a page costs the same however many there are.
        let page = Message.from().where { message in
            message.nextAttemptAt.isNotNull()
            message.id < MessageID(UUIDv7.lowerBound(at: start))
            if case .overdue = scope {
                message.nextAttemptAt <= patience
                message.updatedAt <= patience
            }
        }
        .after(last.map { ($0.dueAt, $0.id) }) { ($0.nextAttemptAt.assumingNotNull().ascending, $0.id.ascending) }
        .select { ($0.id, $0.organizationID, $0.queueID, $0.nextAttemptAt.assumingNotNull()) }
        .limit(Self.pageSize)
        return try await connection.all(page).map { (id: $0.0, organizationID: $0.1, queueID: $0.2, dueAt: $0.3) }
    }

    private func restore(_ page: [Row]) async throws -> Int {
        let presence = try await queue.presence(of: page.map(\.id.description))
        var missing: [OutboxJob] = []
        for (row, presence) in zip(page, presence) {
            switch presence {
            case .unfinished: continue
            // A job that ended although its message did not would keep the new one of the same id out.
            case .finished: _ = try await queue.remove(row.id.description)
            case .absent: break
            }
            missing.append(
                DeliverJob(messageID: row.id, organizationID: row.organizationID).outboxJob(
                    in: MessageGroup(organizationID: row.organizationID, queueID: row.queueID), dueAt: row.dueAt))
        }
        try await outbox.add(missing)
        return missing.count
    }
}
