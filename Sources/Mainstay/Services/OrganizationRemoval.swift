import BetterAuth
import BullMQ
import Logging
import PostgresClient
import Primitives
import TypedSQL

/// Removes what organizations leave behind that were deleted: jobs that wait, messages with their attempts, queues, projects, everything.
///
/// Every step can be repeated, and the organization stays on the list until all of it is done: a process that dies in between leaves the rest to
/// the next. Through the system pool, since there is no tenant any more.
struct OrganizationRemoval: Sendable {
    let database: PostgresPool
    let queue: Queue
    let logger: Logger

    /// Messages looked at in one step, so that no statement holds many rows for long.
    private static let pageSize = 2000
    private static let removalsAtOnce = 50
    /// What was accepted in the moment of the deletion is committed by then: requests last 20 seconds, statements 30.
    static let afterglow = Duration.seconds(120)

    /// Whether there is anything to do now.
    var isNeeded: Bool {
        get async throws {
            let settled = Timestamp.now - Self.afterglow
            return try await database.exists(DeletedOrganization.from().where { $0.emptiedAt.isNull() || $0.emptiedAt < settled })
        }
    }

    /// Works off the list.
    func run() async throws {
        for organization in try await database.all(DeletedOrganization.from().orderBy { $0.deletedAt }.limit(100)) {
            try Task.checkCancellation()
            try await remove(organization)
        }
    }

    private func remove(_ organization: DeletedOrganization) async throws {
        let id = organization.id
        // Restored from a backup, say: then it is nobody's business to empty it.
        if try await database.exists(Organization.from().where { $0.id == id }) { return try await strike(id) }
        guard let emptiedAt = organization.emptiedAt else {
            let messages = try await empty(id)
            try await database.run(DeletedOrganization.update { $0.emptiedAt.set(.now) }.where { $0.id == id })
            logger.notice("Removed a deleted organization", metadata: ["organization": .string(id), "messages": "\(messages)"])
            return
        }
        guard emptiedAt + Self.afterglow < .now else { return }
        _ = try await empty(id)
        try await strike(id)
    }

    private func strike(_ id: String) async throws { try await database.run(DeletedOrganization.delete().where { $0.id == id }) }

    /// - Returns: How many messages there were.
    private func empty(_ organization: String) async throws -> Int {
        // Messages before their queues: a worker that finds a message without its queue would ask for it again and again.
        var messages = 0
        for retention in RetentionClass.all { messages += try await removeMessages(of: organization, retention) }
        _ = try await database.batch(
            IdempotencyKey.delete().where { $0.organizationID == organization },
            UsageCount.delete().where { $0.organizationID == organization },
            APIKeyScope.delete().where { $0.organizationID == organization },
            MessageQueue.delete().where { $0.organizationID == organization },
            Project.delete().where { $0.organizationID == organization },
            PurchasedPlan.delete().where { $0.organizationID == organization })
        return messages
    }

    /// Walks along the key, since there is no index by organization: one would cost every publish.
    private func removeMessages(of organization: String, _ retention: RetentionClass) async throws -> Int {
        var removed = 0
        var last: MessageID?
        repeat {
            try Task.checkCancellation()
            let start = last
            // The last id of the page, whosever it is; nil on the last page.
            let end = try await database.first(
                Message.from().where { message in
                    message.retention == retention
                    if let start { message.id > start }
                }.orderBy { $0.id }.select { $0.id }.offset(Self.pageSize - 1).limit(1))
            let ids = try await database.all(
                Message.from().where { message in
                    message.retention == retention
                    message.organizationID == organization
                    if let start { message.id > start }
                    if let end { message.id <= end }
                }.select { $0.id })
            try await removeJobs(ids.map(\.description))
            _ = try await database.batch(
                DeliveryAttempt.delete().where { attempt in
                    attempt.retention == retention
                    attempt.organizationID == organization
                    if let start { attempt.messageID > start }
                    if let end { attempt.messageID <= end }
                },
                Message.delete().where { message in
                    message.retention == retention
                    message.id.isIn(ids)
                })
            removed += ids.count
            last = end
        } while last != nil
        return removed
    }

    /// Jobs whose message is gone deliver nothing, but until they are due they would wait in Redis, and in its counts.
    private func removeJobs(_ ids: [String]) async throws {
        guard !ids.isEmpty else { return }
        // First what has not reached Redis: nothing shall come after the jobs are gone.
        try await database.run(OutboxRow.delete().where { $0.queue == QueueManager.deliver && $0.jobID.isIn(ids) })
        let present = zip(ids, try await queue.presence(of: ids)).filter { $0.1 != .absent }.map(\.0)
        for start in stride(from: 0, to: present.count, by: Self.removalsAtOnce) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in present[start..<min(start + Self.removalsAtOnce, present.count)] { group.addTask { try await removeJob(id) } }
                try await group.waitForAll()
            }
        }
    }

    private func removeJob(_ id: String) async throws {
        do {
            try await queue.remove(id)
        } catch let error as BullMQError where error.code == .locked || error.code == .notFound {
            // A worker has it in hand, and will find no message; or it has ended meanwhile.
        }
    }
}
