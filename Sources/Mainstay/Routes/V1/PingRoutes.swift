import Hummingbird
import JSON
import TypedAPI

/// `/v1/ping`: whether a key is good, and nothing else. Touches no store beyond what that takes.
struct PingRoutes {
    private static let answer = JSONValue.object(["data": ["status": "ok"]]).bytes()

    func add(to group: RouterGroup<ProgramContext>) {
        group.get("ping") { request, _ in
            try request.refuseParameters()
            return Response.json(bytes: Self.answer)
        }
    }
}
