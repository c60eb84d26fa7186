import HTTPTypes
import JSON
import Logging

/// `GET /get-session`: who is signed in, or `null`.
struct GetSession: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/get-session"
    let reader: SessionReader
    let logger: Logger

    func handle(_ call: inout AuthCall) async throws -> AuthReply {
        let uncached: HTTPFields = call.uncachedHeaders
        do {
            let found = try await call.session(reader, refreshes: !call.query.flag("disableRefresh"))
            return .json(found.map { ["session": $0.session.json, "user": $0.user.json] } ?? .null, headers: uncached)
        } catch let error where !(error is AuthError) && !(error is CancellationError) {
            logger.error("Session look-up failed", metadata: ["error": "\(error)"])
            throw AuthError(.serverError, .failedToGetSession)
        }
    }
}

/// `POST /get-session` exists only where reading a session never writes, which is not configurable here.
struct PostGetSession: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/get-session"

    func handle(_ call: inout AuthCall) async throws -> AuthReply { throw AuthError(.methodNotAllowed, .methodNotAllowed) }
}

extension AuthCall {
    /// What keeps an answer out of every cache.
    var uncachedHeaders: HTTPFields {
        var fields: HTTPFields = [.cacheControl: "no-store"]
        if let pragma = HTTPField.Name("Pragma") { fields[pragma] = "no-cache" }
        return fields
    }
}
