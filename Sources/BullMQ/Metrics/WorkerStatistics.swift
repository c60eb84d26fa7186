public import Primitives
import Synchronization

/// What a worker has done since it was made. Of each try, how it ended here; the server may have refused a few of these ends.
public struct WorkerStatistics: Sendable {
    public internal(set) var completed = 0
    /// For good.
    public internal(set) var failed = 0
    /// Failed, and to be tried again.
    public internal(set) var retried = 0
    /// Neither: delayed, returned, rate limited or waiting for children, because the processor said so.
    public internal(set) var postponed = 0
    /// Jobs in hand now.
    public internal(set) var running = 0
    /// How long processors took, in seconds.
    public internal(set) var duration = Histogram(bounds: Histogram.latencyBounds)
    /// From when a job could have run to when it did, first tries only, in seconds.
    public internal(set) var latency = Histogram(bounds: Histogram.latencyBounds)

    /// Writes it all in Prometheus' text format.
    public func write(to text: inout PrometheusText, queue: String) {
        text.family("bullmq_worker_tries_total", .counter, "Tries of jobs by this process, by how they ended.")
        for (result, count) in [("completed", completed), ("failed", failed), ("retried", retried), ("postponed", postponed)] {
            text.sample("bullmq_worker_tries_total", count, ["queue": queue, "result": result])
        }
        text.family("bullmq_worker_running", .gauge, "Jobs that this process is running.")
        text.sample("bullmq_worker_running", running, ["queue": queue])
        text.family("bullmq_worker_duration_seconds", .histogram, "How long tries took.")
        text.histogram("bullmq_worker_duration_seconds", duration, ["queue": queue])
        text.family("bullmq_worker_latency_seconds", .histogram, "How long jobs waited for their first try although they could have run.")
        text.histogram("bullmq_worker_latency_seconds", latency, ["queue": queue])
    }
}

/// Counts for ``WorkerStatistics``.
final class WorkerMeter: Sendable {
    private let state = Mutex(WorkerStatistics())

    func ended(_ verdict: Verdict, after duration: Duration, latency: Duration?) {
        state.withLock { state in
            switch verdict {
            case .completed: state.completed += 1
            case .failed: state.failed += 1
            case .retry, .delayed(_, _?, _): state.retried += 1
            case .delayed(_, nil, _), .giveBack, .rateLimited, .waitForChildren: state.postponed += 1
            }
            state.duration.record(duration)
            if let latency { state.latency.record(latency) }
        }
    }

    func statistics(running: Int) -> WorkerStatistics {
        var statistics = state.withLock { $0 }
        statistics.running = running
        return statistics
    }
}
