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
    /// What was accepted or under way in the moment of the deletion is committed by then: requests last ten minutes at the most, attempts five.
    static let afterglow = Duration.seconds(900)

    /// Works off what there is to do now, unless another process is at it. What fails keeps nothing else; the last of such errors is thrown.
    func run() async throws {
        let settled = Timestamp.now - Self.afterglow
        // Those that only wait for what may still come must not fill the list.
        let due = DeletedOrganization.from().where { $0.emptiedAt.isNull() || $0.emptiedAt < settled }.orderBy { $0.deletedAt }.limit(100)
        var failure: (any Error)?
        for organization in try await database.all(due) {
            do {
                try await remove(organization)
            } catch is Elsewhere {
                return
            } catch {
                try Task.checkCancellation()
                failure = error
            }
        }
        if let failure { throw failure }
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
        // Only who has not begun gives way: who has would lose its place.
        var hasBegun = false
        for retention in RetentionClass.all {
            var last: MessageID?
            repeat {
                try Task.checkCancellation()
                let start = last
                let page = try await step(waits: hasBegun) { try await removePage(of: organization, retention, after: start, $0) }
                hasBegun = true
                messages += page.removed
                last = page.last
            } while last != nil
        }
        while try await step(waits: hasBegun, { try await removeAnswers(to: organization, $0) }) > 0 {}
        try await step(waits: hasBegun) { transaction in
            _ = try await transaction.batch(
                UsageCount.delete().where { $0.organizationID == organization },
                APIKeyScope.delete().where { $0.organizationID == organization },
                MessageQueue.delete().where { $0.organizationID == organization },
                Project.delete().where { $0.organizationID == organization },
                PurchasedPlan.delete().where { $0.organizationID == organization })
        }
        // The settings of its groups, which would keep them.
        try await queue.forgetGroups([organization])
        return messages
    }

    /// The kept answers of idempotent requests, some of them.
    private func removeAnswers(to organization: String, _ transaction: PostgresTransaction) async throws -> Int {
        let keys = try await transaction.all(
            IdempotencyKey.from().where { $0.organizationID == organization }.select { $0.key }.limit(Self.pageSize))
        if keys.isEmpty { return 0 }
        return try await transaction.run(IdempotencyKey.delete().where { $0.organizationID == organization && $0.key.isIn(keys) })
    }

    /// Another process removes at this moment.
    private struct Elsewhere: Error {}

    /// One step: a transaction behind a lock that lives and dies with it, on one connection, of which a small pool has no second to spare.
    private func step<Result: Sendable>(waits: Bool, _ body: (PostgresTransaction) async throws -> Result) async throws -> Result {
        while true {
            do {
                return try await database.withTransaction { transaction in
                    guard try await transaction.tryLock("organization removal") else { throw Elsewhere() }
                    return try await body(transaction)
                }
            } catch let error as Elsewhere {
                guard waits else { throw error }
                // The other holds it for a page at most, and nothing tells when.
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// Walks along the key, since there is no index by organization: one would cost every publish.
    ///
    /// - Returns: How many messages went, and where the next page begins; nil after the last.
    private func removePage(
        of organization: String, _ retention: RetentionClass, after start: MessageID?, _ transaction: PostgresTransaction
    ) async throws -> (removed: Int, last: MessageID?) {
        // The last id of the page, whosever it is.
        let end = try await transaction.first(
            Message.from().where { message in
                message.retention == retention
                if let start { message.id > start }
            }.orderBy { $0.id }.select { $0.id }.offset(Self.pageSize - 1).limit(1))
        let ids = try await transaction.all(
            Message.from().where { message in
                message.retention == retention
                message.organizationID == organization
                if let start { message.id > start }
                if let end { message.id <= end }
            }.select { $0.id })
        try await removeJobs(ids.map(\.description), transaction)
        _ = try await transaction.batch(
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
        return (ids.count, end)
    }

    /// Jobs whose message is gone deliver nothing, but until they are due they would wait in Redis, and in its counts.
    private func removeJobs(_ ids: [String], _ transaction: PostgresTransaction) async throws {
        guard !ids.isEmpty else { return }
        // What has not reached Redis too: locked here, the relay leaves it alone.
        try await transaction.run(OutboxRow.delete().where { $0.queue == QueueManager.deliver && $0.jobID.isIn(ids) })
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
