import HTTPTypes
import Primitives
import Synchronization
import TypedAPI

/// Counts requests by route. Its size is bounded: routes and methods are ours, statuses are few.
final class HTTPMetrics: Sendable {
    private struct Endpoint: Hashable {
        let method: String
        let route: String
    }

    private struct Series {
        var statuses: [Int: Int] = [:]
        var latency = Histogram(bounds: Histogram.latencyBounds)

        mutating func record(_ record: RequestRecord) {
            statuses[record.status.code, default: 0] += 1
            latency.record(record.duration)
        }
    }

    private struct State {
        var series: [Endpoint: Series] = [:]
        var refused: [Int: Int] = [:]
    }

    let connections = ConnectionCount()
    private let inFlight = Atomic(0)
    private let state = Mutex(State())

    func began() { inFlight.add(1, ordering: .relaxed) }

    func ended(_ record: RequestRecord) {
        inFlight.subtract(1, ordering: .relaxed)
        // Anything may stand where a method should; only what has routes gets a series of its own.
        let endpoint = Endpoint(method: record.route == nil ? "" : record.method.rawValue, route: record.route ?? "")
        state.withLock { $0.series[endpoint, default: Series()].record(record) }
    }

    /// A request that was refused before any route could see it.
    func refused(_ status: HTTPResponse.Status) { state.withLock { $0.refused[status.code, default: 0] += 1 } }

    func write(to text: inout PrometheusText) {
        let state = state.withLock { $0 }
        let series = state.series.sorted { ($0.key.route, $0.key.method) < ($1.key.route, $1.key.method) }
        text.family("http_requests_total", .counter, "Requests answered, by route; an empty route is none of ours.")
        for (endpoint, series) in series {
            for (status, count) in series.statuses.sorted(by: { $0.key < $1.key }) {
                text.sample("http_requests_total", count, ["method": endpoint.method, "route": endpoint.route, "status": "\(status)"])
            }
        }
        text.family("http_requests_refused_total", .counter, "Requests refused before routing: malformed, too large or too slow.")
        for (status, count) in state.refused.sorted(by: { $0.key < $1.key }) {
            text.sample("http_requests_refused_total", count, ["status": "\(status)"])
        }
        text.family("http_request_duration_seconds", .histogram, "Time from the request's head to its answer.")
        for (endpoint, series) in series {
            text.histogram("http_request_duration_seconds", series.latency, ["method": endpoint.method, "route": endpoint.route])
        }
        text.family("http_requests_in_flight", .gauge, "Requests being answered.")
        text.sample("http_requests_in_flight", inFlight.load(ordering: .relaxed))
        text.family("http_connections", .gauge, "Connections open.")
        text.sample("http_connections", connections.current)
    }
}
