import HTTPTypes

/// One path of the auth contract. Its needs come in through `init`.
///
/// A handler first validates the request, then asks for the session: an invalid body answers 400 even without a session.
protocol AuthEndpoint: Sendable {
    var method: HTTPRequest.Method { get }
    /// Below the base path.
    var path: String { get }
    /// Whether a form is as good as JSON.
    var acceptsForms: Bool { get }
    func handle(_ call: inout AuthCall) async throws -> AuthReply
}

extension AuthEndpoint {
    var acceptsForms: Bool { false }
}
