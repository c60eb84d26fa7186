import HTTPTypes
import JSON

/// `GET /ok`: whether the auth routes are there.
struct Ok: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/ok"

    func handle(_ call: inout AuthCall) async throws -> AuthReply { .json(["ok": true]) }
}
