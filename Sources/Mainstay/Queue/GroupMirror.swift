import BullMQ
import PostgresClient
import Primitives
import TypedSQL

/// Copies into Redis what PostgreSQL says of the groups of the `deliver` queue: an organization's weight, by its plan, and a queue's limits.
///
/// Whoever is not on the free plan has a row, and so has every queue with settings; all others are as by default and need none.
struct GroupMirror: Sendable {
    let queue: Queue

    private static let pageSize = 500
    /// Rows are visible some time after the moment they carry.
    private static let overlap = Duration.seconds(10)

    /// Copies everything that changed since `moment`; nil: everything, for a Redis that may have lost it.
    ///
    /// - Parameter connection: of the system role, since the settings are every organization's.
    /// - Returns: the moment for the next call.
    func pass(since moment: Timestamp?, on connection: PostgresConnection) async throws -> Timestamp {
        let start = Timestamp.now
        try await copyPlans(since: moment, on: connection)
        try await copyQueues(since: moment, on: connection)
        return start - Self.overlap
    }

    private func copyPlans(since moment: Timestamp?, on connection: PostgresConnection) async throws {
        var last: String?
        while true {
            let page = try await connection.all(
                PurchasedPlan.from().where { plan in if let moment { plan.updatedAt > moment } }
                    .after(last) { $0.organizationID.ascending }
                    .select { ($0.organizationID, $0.plan) }
                    .limit(Self.pageSize))
            for (organizationID, plan) in page {
                try await queue.setGroup([organizationID], GroupSettings(weight: plan == .free ? nil : plan.weight))
            }
            guard page.count == Self.pageSize else { return }
            last = page.last?.0
        }
    }

    private func copyQueues(since moment: Timestamp?, on connection: PostgresConnection) async throws {
        var last: QueueID?
        while true {
            let page = try await connection.all(
                QueueSettings.from().where { settings in if let moment { settings.updatedAt > moment } }
                    .after(last) { $0.queueID.ascending }
                    .limit(Self.pageSize))
            for settings in page {
                let path = MessageGroup(organizationID: settings.organizationID, queueID: settings.queueID).path
                try await queue.setGroup(path, settings.group)
                if settings.isPaused { try await queue.pauseGroup(path) } else { try await queue.resumeGroup(path) }
            }
            guard page.count == Self.pageSize else { return }
            last = page.last?.queueID
        }
    }
}

extension QueueSettings {
    /// As the queue's group has it.
    var group: GroupSettings {
        var rate: RateLimit?
        if let rateMax, let rateDurationMilliseconds { rate = RateLimit(max: rateMax, per: .milliseconds(rateDurationMilliseconds)) }
        return GroupSettings(concurrency: concurrency, rate: rate)
    }
}
