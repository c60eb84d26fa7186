import BullMQ
import PostgresClient
import Primitives
import RedisClient
import Synchronization

/// Counts what a pool tells of its statements.
final class PoolMetrics: Sendable {
    private struct State {
        var total = Histogram(bounds: Histogram.latencyBounds)
        var waiting = Histogram(bounds: Histogram.latencyBounds)
        /// By SQLSTATE class, or by the client's own code where there was no server to give one.
        var errors: [String: Int] = [:]
        var connectFailures = 0
    }

    private let state = Mutex(State())

    var observer: PostgresObserver {
        var observer = PostgresObserver()
        observer.statementFinished = { [self] event in
            state.withLock { state in
                state.total.record(event.total)
                state.waiting.record(event.waiting)
                if let error = event.error {
                    state.errors[error.sqlState.map { String($0.prefix(2)) } ?? error.code.rawValue, default: 0] += 1
                }
            }
        }
        observer.connectionFailed = { [self] _ in state.withLock { $0.connectFailures += 1 } }
        return observer
    }

    /// Every pool's figures, family by family.
    static func write(_ pools: [(name: String, pool: PostgresPool, metrics: PoolMetrics)], to text: inout PrometheusText) {
        let states = pools.map { ($0.name, $0.pool.statistics, $0.metrics.state.withLock { $0 }) }
        text.family("postgres_connections", .gauge, "Connections of a pool, by what they do.")
        for (name, statistics, _) in states {
            let busy = max(0, statistics.open - statistics.idle - statistics.leased)
            for (state, count) in [
                ("idle", statistics.idle), ("leased", statistics.leased), ("busy", busy), ("connecting", statistics.connecting),
            ] {
                text.sample("postgres_connections", count, ["pool": name, "state": state])
            }
        }
        text.family("postgres_waiting", .gauge, "Statements and transactions that wait for a connection.")
        for (name, statistics, _) in states { text.sample("postgres_waiting", statistics.waiting, ["pool": name]) }
        text.family("postgres_connect_failures_total", .counter, "Attempts to connect that failed.")
        for (name, _, state) in states { text.sample("postgres_connect_failures_total", state.connectFailures, ["pool": name]) }
        text.family("postgres_errors_total", .counter, "Statements that failed, by SQLSTATE class.")
        for (name, _, state) in states {
            for (kind, count) in state.errors.sorted(by: { $0.key < $1.key }) {
                text.sample("postgres_errors_total", count, ["pool": name, "class": kind])
            }
        }
        text.family("postgres_query_duration_seconds", .histogram, "From handing a statement over to its result.")
        for (name, _, state) in states { text.histogram("postgres_query_duration_seconds", state.total, ["pool": name]) }
        text.family("postgres_wait_duration_seconds", .histogram, "Of that, the wait for a connection.")
        for (name, _, state) in states { text.histogram("postgres_wait_duration_seconds", state.waiting, ["pool": name]) }
    }
}

/// What the Redis client has done, and is doing.
enum RedisMetrics {
    static func write(_ statistics: RedisStatistics, to text: inout PrometheusText) {
        func gauge(_ name: String, _ help: String, _ value: Int) {
            text.family(name, .gauge, help)
            text.sample(name, value)
        }
        func counter(_ name: String, _ help: String, _ value: Int) {
            text.family(name, .counter, help)
            text.sample(name, value)
        }
        gauge("redis_connections", "Connections open and signed in.", statistics.connections)
        gauge("redis_in_flight", "Commands sent that are owed a reply.", statistics.inFlight)
        gauge("redis_waiting", "Commands and pipelines that wait to be sent.", statistics.waiting)
        counter("redis_commands_total", "Commands whose wait has ended.", statistics.commands)
        counter("redis_refusals_total", "Of these, answered with an error.", statistics.refusals)
        counter("redis_failures_total", "Of these, not answered: deadline, lost connection, cancelled.", statistics.failures)
        counter("redis_connects_total", "Connections made; beyond the first of each kind, reconnects.", statistics.connects)
        counter("redis_connect_failures_total", "Attempts to connect that failed.", statistics.connectFailures)
        text.family("redis_wait_seconds_total", .counter, "How long callers waited, a pipeline counting once; see redis_flights_total.")
        text.sample("redis_wait_seconds_total", statistics.waited / .seconds(1))
        counter("redis_flights_total", "Commands and pipelines whose wait has ended, a pipeline counting once.", statistics.flights)
    }
}

/// What waits and runs in a BullMQ queue.
enum QueueMetrics {
    static func write(_ counts: [JobState: Int], of queue: String, to text: inout PrometheusText) {
        text.family("bullmq_jobs", .gauge, "Jobs of a queue, by state.")
        for (state, count) in counts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            text.sample("bullmq_jobs", count, ["queue": queue, "state": state.rawValue])
        }
    }
}
