import HTTPTypes
import TypedAPI

@Schema struct SessionsOutput {
    var sessions: [SessionView]
}

/// `POST /admin/list-user-sessions`
struct ListUserSessions: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/admin/list-user-sessions"
    let admin: Administration
    let reader: SessionReader

    func handle(_ input: UserIDInput, _ call: inout AuthCall) async throws -> AuthReply<SessionsOutput> {
        let session = try await call.requireAdmin(reader)
        try admin.require("list", on: "session", session, else: .youAreNotAllowedToListUsersSessions)
        let all = try await admin.sessions.store.all(ofUser: input.userID.text, impersonated: true, at: admin.settings.now)
        return .ok(SessionsOutput(sessions: all.map { SessionView($0.0, activeTeam: $0.1) }))
    }
}

@Schema struct SessionTokenInput {
    var sessionToken: String
}

/// `POST /admin/revoke-user-session`
struct RevokeUserSession: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/admin/revoke-user-session"
    let admin: Administration
    let reader: SessionReader

    func handle(_ input: SessionTokenInput, _ call: inout AuthCall) async throws -> AuthReply<SuccessOutput> {
        let session = try await call.requireAdmin(reader)
        try admin.require("revoke", on: "session", session, else: .youAreNotAllowedToRevokeUsersSessions)
        try await admin.sessions.end(token: input.sessionToken)
        await admin.events.record(.sessionRevoked, actor: session)
        return .ok(SuccessOutput())
    }
}

/// `POST /admin/revoke-user-sessions`
struct RevokeUserSessions: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/admin/revoke-user-sessions"
    let admin: Administration
    let reader: SessionReader

    func handle(_ input: UserIDInput, _ call: inout AuthCall) async throws -> AuthReply<SuccessOutput> {
        let session = try await call.requireAdmin(reader)
        try admin.require("revoke", on: "session", session, else: .youAreNotAllowedToRevokeUsersSessions)
        try await admin.sessions.credentials.endSessions(ofUser: input.userID.text)
        await admin.events.record(.sessionsRevoked, actor: session, subject: input.userID.text)
        return .ok(SuccessOutput())
    }
}
