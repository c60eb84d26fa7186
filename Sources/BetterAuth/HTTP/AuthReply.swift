import HTTPTypes
import JSON
import TypedAPI

/// What an endpoint answers, apart from its cookies.
struct AuthReply<Output: SchemaValue>: Sendable {
    enum Body: Sendable { case none, null, value(Output) }

    var status: HTTPResponse.Status
    var body: Body
    var headers: HTTPFields = [:]

    static func ok(_ output: Output, headers: HTTPFields = [:]) -> Self { Self(status: .ok, body: .value(output), headers: headers) }

    /// The four bytes `null`.
    static func null(headers: HTTPFields = [:]) -> Self { Self(status: .ok, body: .null, headers: headers) }

    /// 302 without a body.
    static func redirect(to target: String) -> Self { Self(status: .found, body: .none, headers: [.location: target]) }

    var answer: AuthAnswer {
        let bytes: [UInt8]? =
            switch body {
            case .none: nil
            case .null: Array("null".utf8)
            case .value(let output): output.jsonBytes()
            }
        return AuthAnswer(status: status, body: bytes, headers: headers)
    }
}

/// An answer, written.
struct AuthAnswer: Sendable {
    var status: HTTPResponse.Status
    /// nil for an empty body.
    var body: [UInt8]?
    var headers: HTTPFields = [:]
    var contentType = "application/json"

    static func refusal(_ error: AuthError) -> AuthAnswer {
        AuthAnswer(
            status: .init(code: error.status), body: error.body?.bytes(), headers: error.kind == .unavailable ? [.retryAfter: "1"] : [:])
    }
}
