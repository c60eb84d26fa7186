import HTTPTypes
import Hummingbird
import JSON
import TypedAPI

/// `/health` says that the process lives, and asks nobody; `/ready` that it can do its work.
struct HealthRoutes {
    let probe: StoreProbe

    func add(to router: Router<AppContext>) {
        router.get("/health") { _, _ in Response.json(["status": "ok"]) }
        router.get("/ready") { _, _ in ready() }
    }

    private func ready() -> Response {
        let reports = probe.report()
        let isReady = reports.allSatisfy { $0.report.trouble == nil }
        let checks = reports.reduce(into: JSONObject()) { checks, entry in
            checks[entry.store.rawValue] = [
                "status": .string(entry.report.trouble ?? "ok"),
                "latencyMs": entry.report.latency.map { .number($0.roundedMilliseconds) } ?? .null,
            ]
        }
        return .json(
            ["status": isReady ? "ready" : "unavailable", "checks": .object(checks)], status: isReady ? .ok : .serviceUnavailable)
    }
}

extension Duration {
    /// With two decimals, for people and collectors.
    var roundedMilliseconds: Double { (self / .milliseconds(1) * 100).rounded() / 100 }
}
