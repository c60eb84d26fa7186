import BullMQ
import HTTPTypes
import Hummingbird
import NIOCore
import Primitives
import RedisClient
import TypedAPI

/// `/metrics`: this process in Prometheus' text format.
struct MetricsRoutes {
    let http: HTTPMetrics
    let database: Database
    let queue: Queue
    let probe: StoreProbe
    /// Asked of scrapers as a bearer token; nil lets anyone read.
    let token: String?

    func add(to router: Router<AppContext>) {
        router.get("/metrics") { request, _ in
            if let token {
                guard let given = APIKeyGuard.bearerToken(request.headers[.authorization]), constantTimeEquals(given, token) else {
                    throw Problem(.metricsTokenRequired, headers: [.wwwAuthenticate: "Bearer realm=\"metrics\""])
                }
            }
            return Response(
                status: .ok, headers: [.contentType: PrometheusText.contentType],
                body: ResponseBody(byteBuffer: ByteBuffer(string: await text())))
        }
    }

    private func text() async -> String {
        var text = PrometheusText()
        http.write(to: &text)
        PoolMetrics.write(
            [("app", database.app, database.appMetrics), ("system", database.system, database.systemMetrics)], to: &text)
        RedisMetrics.write(queue.redis.statistics, to: &text)
        let reports = probe.report()
        text.family("mainstay_store_up", .gauge, "Whether a store answers: 1 or 0.")
        for (store, report) in reports { text.sample("mainstay_store_up", report.trouble == nil ? 1 : 0, ["store": store.rawValue]) }
        text.family("mainstay_store_latency_seconds", .gauge, "How long a store's last answer to a probe took.")
        for (store, report) in reports {
            guard let latency = report.latency else { continue }
            text.sample("mainstay_store_latency_seconds", latency / .seconds(1), ["store": store.rawValue])
        }
        // Absent while Redis is: a scrape must not hang, nor say zero.
        if reports.first(where: { $0.store == .redis })?.report.trouble == nil,
            let counts = try? await Queue(queue.name, prefix: queue.prefix, redis: queue.redis, timeout: .seconds(1)).counts()
        {
            QueueMetrics.write(counts, of: queue.name, to: &text)
        }
        ProcessMetrics.write(to: &text)
        return text.text
    }
}
