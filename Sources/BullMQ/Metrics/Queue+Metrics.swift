public import Primitives
import RedisClient

/// How many jobs completed, or failed, minute by minute; kept by workers with ``WorkerOptions/metricsDataPoints``.
public struct QueueMetrics: Sendable, Hashable {
    /// Since counting began.
    public let count: Int
    /// When the latest data point was made; nil: none yet.
    public let latest: Timestamp?
    /// ``count`` when the latest data point was made, that minute not included.
    public let countBefore: Int
    /// Jobs per minute, newest minute first.
    public let data: [Int]
    /// How many data points there are in all.
    public let points: Int
}

extension Queue {
    /// - Parameters:
    ///   - state: `.completed` or `.failed`.
    ///   - first: the range of data points, 0 being the newest minute.
    public func metrics(_ state: JobState, from first: Int = 0, to last: Int = -1) async throws -> QueueMetrics {
        precondition(state == .completed || state == .failed, "metrics count finished jobs")
        let (key, data) = (RedisArgument(keys.key("metrics:\(state.rawValue)")), RedisArgument(keys.key("metrics:\(state.rawValue):data")))
        let replies = try await send([
            RedisCommand("HMGET", key, "count", "prevTS", "prevCount"),
            RedisCommand("LRANGE", data, RedisArgument(first), RedisArgument(last)), RedisCommand("LLEN", data),
        ])
        let meta = (replies[0].array ?? []).map { $0.string.flatMap { Int64($0) } }
        return QueueMetrics(
            count: Int(meta.first.flatMap { $0 } ?? 0), latest: meta.count > 1 ? meta[1].map { Timestamp(milliseconds: $0) } : nil,
            countBefore: Int(meta.last.flatMap { $0 } ?? 0),
            data: replies[1].array?.compactMap { $0.string.flatMap { Int($0) } } ?? [], points: replies[2].int ?? 0)
    }

    /// The queue in Prometheus' text format: jobs by state, and what has completed and failed if its workers keep metrics.
    public func prometheus() async throws -> String {
        let counts = try await counts()
        let (completed, failed) = (try await metrics(.completed, to: 0), try await metrics(.failed, to: 0))
        let (isPaused, groups) = (try await isPaused(), try await groupCounts())
        var text = PrometheusText()
        text.family("bullmq_job_count", .gauge, "Jobs in the queue, by state.")
        for state in JobState.allCases where state != .paused {
            let name = state == .wait ? "waiting" : state.rawValue
            let count = (counts[state] ?? 0) + (state == .wait ? counts[.paused] ?? 0 : 0)
            text.sample("bullmq_job_count", count, ["queue": self.name, "state": name])
        }
        text.family("bullmq_queue_paused", .gauge, "1 while the queue is paused.")
        text.sample("bullmq_queue_paused", isPaused ? 1 : 0, ["queue": name])
        text.family("bullmq_job_completed_total", .counter, "Jobs completed, as counted by workers that keep metrics.")
        text.sample("bullmq_job_completed_total", completed.count, ["queue": name])
        text.family("bullmq_job_failed_total", .counter, "Jobs failed for good, as counted by workers that keep metrics.")
        text.sample("bullmq_job_failed_total", failed.count, ["queue": name])
        text.family(
            "bullmq_group_count", .gauge, "Groups that exist, that could start a job now (of the first level), that wait for their rate.")
        for (state, count) in [("existing", groups.groups), ("runnable", groups.runnable), ("limited", groups.rateLimited)] {
            text.sample("bullmq_group_count", count, ["queue": name, "state": state])
        }
        text.family("bullmq_group_job_count", .gauge, "Jobs in groups, by state.")
        for (state, count) in [("waiting", groups.waiting), ("active", groups.active), ("delayed", groups.delayed)] {
            text.sample("bullmq_group_job_count", count, ["queue": name, "state": state])
        }
        return text.text
    }
}
