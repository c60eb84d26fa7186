import HTTPTypes
import JSON
import TypedAPI

@Schema struct UpdateUserInput {
    @Field(.notNull) var name: String?
    var image: Patch<String>
}

/// `POST /update-user`: name and image.
struct UpdateUser: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/update-user"
    let namesBodyThatIsNoObject = true
    let users: UserStore
    let reader: SessionReader
    let cookies: AuthCookies

    func handle(_ input: UpdateUserInput, _ call: inout AuthCall) async throws -> AuthReply<StatusOutput> {
        var session = try await call.requireSession(reader)
        if let email = call.raw("email"), email != .null, email != "" { throw AuthError(.badRequest, .emailCanNotBeUpdated) }
        try call.refuseProtected(["role", "banned", "banReason", "banExpires", "twoFactorEnabled"])
        guard input.name != nil || input.image.isPresent else { throw AuthError.uncoded(.badRequest, "No fields to update") }
        let sessions = reader.sessions
        guard let changed = try await users.update(name: input.name, image: input.image, id: session.user.id, at: sessions.settings.now)
        else { throw AuthError(.unauthorized, .unauthorized) }
        session.user = changed
        call.renew(session, cookies)
        await sessions.events.record(.userUpdated, actor: session)
        return .ok(StatusOutput())
    }
}
