import HTTPTypes
import TypedAPI

@Schema struct OkOutput {
    var ok: Bool = true
}

/// `GET /ok`: whether the auth routes are there.
struct Ok: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/ok"

    func handle(_ input: NoInput, _ call: inout AuthCall) async throws -> AuthReply<OkOutput> { .ok(OkOutput()) }
}
