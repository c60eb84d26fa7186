import HTTPTypes
import TypedAPI

/// `GET /list-sessions`: the user's sessions, without those an admin began.
struct ListSessions: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/list-sessions"
    let reader: SessionReader

    func handle(_ input: NoInput, _ call: inout AuthCall) async throws -> AuthReply<[SessionView]> {
        let session = try await call.requireFreshSession(reader)
        let now = reader.sessions.settings.now
        let all = try await reader.sessions.store.all(ofUser: session.user.id, impersonated: false, at: now)
        return .ok(all.map { SessionView($0.0, activeTeam: $0.1) })
    }
}
