import BullMQ
import BullMQOutbox
import PostgresClient
import Primitives

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

    private struct Row {
        let id: MessageID
        let organizationID: String
        let dueAt: Timestamp
    }

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
        let overdue: SQL =
            switch scope {
            case .all: ""
            case .overdue: "and next_attempt_at <= \(start - Self.patience) and updated_at <= \(start - Self.patience)"
            }
        // The order is the index's, so a page costs the same however many there are.
        return try await connection.query(
            """
            select id, organization_id, next_attempt_at from message
            where next_attempt_at is not null and id < \(UUIDv7.lowerBound(at: start))
              and (next_attempt_at, id) > (coalesce(\(last?.dueAt), '-infinity'), coalesce(\(last?.id), '00000000-0000-0000-0000-000000000000'))
              \(overdue)
            order by next_attempt_at, id limit \(Self.pageSize)
            """
        ).map { row in
            let (id, organization, dueAt) = try row.decode(MessageID.self, String.self, Timestamp.self)
            return Row(id: id, organizationID: organization, dueAt: dueAt)
        }
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
            missing.append(DeliverJob(messageID: row.id, organizationID: row.organizationID).outboxJob(dueAt: row.dueAt))
        }
        try await outbox.add(missing)
        return missing.count
    }
}
