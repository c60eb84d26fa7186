import HTTPTypes
import TypedAPI

@Schema struct RevokeSessionInput {
    var token: String
}

/// `POST /revoke-session`: ends one of the caller's sessions; another user's token does nothing, and the answer does not tell.
struct RevokeSession: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/revoke-session"
    let reader: SessionReader

    func handle(_ input: RevokeSessionInput, _ call: inout AuthCall) async throws -> AuthReply<StatusOutput> {
        let session = try await call.requireSession(reader, .authoritative)
        if try await reader.sessions.store.delete(token: input.token, ofUser: session.user.id) {
            await reader.sessions.events.record(.sessionRevoked, actor: session)
        }
        return .ok(StatusOutput())
    }
}

/// `POST /revoke-sessions`: ends all of the caller's sessions, this one too. Its cookies stay, as in the original.
struct RevokeSessions: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/revoke-sessions"
    let isBodyOptional = true
    let reader: SessionReader

    func handle(_ input: NoInput, _ call: inout AuthCall) async throws -> AuthReply<StatusOutput> {
        let session = try await call.requireSession(reader, .authoritative)
        try await reader.sessions.credentials.endSessions(ofUser: session.user.id)
        await reader.sessions.events.record(.sessionsRevoked, actor: session)
        return .ok(StatusOutput())
    }
}

/// `POST /revoke-other-sessions`
struct RevokeOtherSessions: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/revoke-other-sessions"
    let isBodyOptional = true
    let reader: SessionReader

    func handle(_ input: NoInput, _ call: inout AuthCall) async throws -> AuthReply<StatusOutput> {
        let session = try await call.requireSession(reader, .authoritative)
        try await reader.sessions.credentials.endSessions(ofUser: session.user.id, except: session.session.token)
        await reader.sessions.events.record(.sessionsRevoked, actor: session)
        return .ok(StatusOutput())
    }
}
