import HTTPTypes
import JSON

/// The answer of an auth endpoint, apart from its cookies.
struct AuthReply: Sendable {
    var status: HTTPResponse.Status
    /// nil for an empty body.
    var body: JSONValue?
    var headers: HTTPFields

    static func json(_ body: JSONValue, headers: HTTPFields = [:]) -> AuthReply {
        AuthReply(status: .ok, body: body, headers: headers)
    }

    static func refusal(_ error: AuthError) -> AuthReply {
        AuthReply(status: .init(code: error.status), body: error.body, headers: error.kind == .unavailable ? [.retryAfter: "1"] : [:])
    }
}
