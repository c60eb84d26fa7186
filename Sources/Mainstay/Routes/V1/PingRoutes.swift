import Hummingbird
import JSON
import TypedAPI

/// `/v1/ping`: whether a key is good, and nothing else. Touches no store beyond what that takes.
struct PingRoutes {
    func add(to group: RouterGroup<ProgramContext>) {
        group.get("ping") { request, _ in
            try request.refuseParameters()
            return Response.json(["data": ["status": "ok"]])
        }
    }
}
