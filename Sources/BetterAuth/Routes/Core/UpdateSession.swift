import HTTPTypes
import TypedAPI

@Schema struct UpdateSessionOutput {
    var session: SessionView
}

/// `POST /update-session`: changes additional fields of the session. There are none, so that there is never anything to change; what a
/// plug-in keeps in the session is refused.
struct UpdateSession: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/update-session"
    let namesBodyThatIsNoObject = true
    let reader: SessionReader

    func handle(_ input: NoInput, _ call: inout AuthCall) async throws -> AuthReply<UpdateSessionOutput> {
        _ = try await call.requireSession(reader)
        try call.refuseProtected(["activeOrganizationId", "activeTeamId", "impersonatedBy"])
        throw AuthError.uncoded(.badRequest, "No fields to update")
    }
}
