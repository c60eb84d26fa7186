import JSON
import PostgresClient
import Primitives

/// The statement that accepts messages: it counts them against their organizations' quotas and stores those that fit.
enum MessageAcceptance {
    /// Accepts `messages` within `transaction`.
    ///
    /// An organization whose messages of this batch do not all fit gets none of them stored: try them one by one.
    /// - Returns: by organization, how much of the quota is used now; an organization that is missing was refused.
    static func store(_ messages: [NewMessage], at now: Timestamp, in transaction: PostgresTransaction) async throws -> [String: Int] {
        // Usage rows are the contended ones: one upsert an organization, in sorted order so that two batches cannot deadlock.
        let rows = try await transaction.query(
            """
            with input as (
                select * from unnest(
                    \(messages.map(\.id)), \(messages.map { Int16($0.retentionDays) }), \(messages.map(\.organizationID)),
                    \(messages.map(\.projectID)), \(messages.map(\.queueID)), \(messages.map(\.state.rawValue)), \(messages.map(\.contentType)),
                    \(messages.map(\.payloadEncoding.rawValue)), \(messages.map(\.payload)), \(messages.map(\.retry.json)),
                    \(messages.map(\.scheduledFor)), \(messages.map(\.createdAt)), \(messages.map { Int64($0.quota) }),
                    \(messages.map(\.trace?.traceparent))
                ) as row (id, retention_days, organization_id, project_id, queue_id, state, content_type, payload_encoding, payload, retry,
                          scheduled_for, created_at, quota, traceparent)
            ), wanted as (
                select organization_id, count(*) as count, min(quota) as quota from input group by organization_id
            ), counted as (
                insert into usage as existing (organization_id, metric, period_start, used, quota)
                select organization_id, 'messages', \(UsagePeriod(containing: now).start), count, quota from wanted
                where count <= quota order by organization_id
                on conflict (organization_id, metric, period_start) do update
                set used = existing.used + excluded.used, quota = excluded.quota
                where existing.used + excluded.used <= excluded.quota
                returning organization_id, used
            ), stored as (
                insert into message (id, retention_days, organization_id, project_id, queue_id, state, content_type, payload_encoding, payload,
                                     retry, scheduled_for, next_attempt_at, updated_at, traceparent)
                select id, retention_days, organization_id, project_id, queue_id, state::message_state, content_type, payload_encoding, payload,
                       retry, scheduled_for, coalesce(scheduled_for, created_at), created_at, traceparent
                from input join counted using (organization_id)
            )
            select organization_id, used from counted
            """)
        var used: [String: Int] = [:]
        for row in rows {
            let (organization, count) = try row.decode(String.self, Int.self)
            used[organization] = count
        }
        return used
    }
}
