import HTTPTypes
import Logging
import TypedAPI

@Schema struct GetSessionOutput {
    var session: SessionView
    var user: UserView
    /// Only where reading never refreshes.
    @Field(.omitNil) var needsRefresh: Bool?
}

/// `GET /get-session`: who is signed in, or `null`. Where reading never writes, `POST /get-session` refreshes.
struct GetSession: AuthEndpoint {
    let method: HTTPRequest.Method
    let path = "/get-session"
    let isBodyOptional = true
    let reader: SessionReader
    let logger: Logger

    func handle(_ input: NoInput, _ call: inout AuthCall) async throws -> AuthReply<GetSessionOutput> {
        let defers = reader.sessions.settings.configuration.session.defersRefresh
        if method == .post {
            guard defers else { throw AuthError(.methodNotAllowed, .methodNotAllowed) }
        }
        // A key's session is told at once, and its answer may be kept.
        let uncached: HTTPFields = call.keySession == nil ? call.uncachedHeaders : [:]
        do {
            let demand: SessionReader.Demand = call.query.flag("disableCookieCache") || method == .post ? .authoritative : .cached
            let found =
                if method == .post {
                    try await refreshed(&call)
                } else {
                    try await call.look(reader, demand, refreshes: !call.query.flag("disableRefresh"))
                }
            guard let session = found.session else { return .null(headers: uncached) }
            return .ok(
                GetSessionOutput(
                    session: session.view, user: UserView(session.user), needsRefresh: defers && method == .get ? found.needsRefresh : nil),
                headers: uncached)
        } catch let error where !(error is AuthError) && !(error is CancellationError) {
            logger.error("Session look-up failed", metadata: ["error": "\(error)"])
            throw AuthError(.serverError, .failedToGetSession)
        }
    }

    private func refreshed(_ call: inout AuthCall) async throws -> SessionReader.Result {
        do {
            let found = try await reader.read(call.cookies, .authoritative)
            call.set(found.setCookies)
            return found
        } catch let gone as SessionReader.RevokedMeanwhile {
            call.set(gone.setCookies)
            throw AuthError(.unauthorized, .failedToGetSession)
        }
    }
}

extension AuthCall {
    /// What keeps an answer out of every cache.
    var uncachedHeaders: HTTPFields {
        var fields: HTTPFields = [.cacheControl: "no-store"]
        if let pragma = HTTPField.Name("Pragma") { fields[pragma] = "no-cache" }
        return fields
    }
}
