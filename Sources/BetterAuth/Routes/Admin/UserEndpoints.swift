import HTTPTypes
import JSON
import PostgresClient
import Primitives
import TypedAPI

@Schema struct GetUserInput {
    var id: String
}

/// `GET /admin/get-user`
struct GetUser: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/admin/get-user"
    let admin: Administration
    let reader: SessionReader

    func handle(_ input: GetUserInput, _ call: inout AuthCall) async throws -> AuthReply<UserView> {
        let session = try await call.requireAdmin(reader)
        try admin.require("get", session, else: .youAreNotAllowedToGetUser)
        return .ok(UserView(try await admin.find(input.id)))
    }
}

@Schema struct AdminUpdateUserInput {
    @Field("userId") var userID: LooseText
    var data: JSONObject
}

/// `POST /admin/update-user`: each kind of change needs its own permission too.
struct AdminUpdateUser: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/admin/update-user"
    let admin: Administration
    let reader: SessionReader

    func handle(_ input: AdminUpdateUserInput, _ call: inout AuthCall) async throws -> AuthReply<UserView> {
        let session = try await call.requireAdmin(reader)
        try admin.require("update", session, else: .youAreNotAllowedToUpdateUsers)
        let changes = try UserChanges(input.data)
        guard !changes.isEmpty else { throw AuthError(.badRequest, .noDataToUpdate) }
        if changes.role != nil { try admin.require("set-role", session, else: .youAreNotAllowedToChangeUsersRole) }
        if changes.touchesBan { try admin.require("ban", session, else: .youAreNotAllowedToBanUsers) }
        if changes.touchesEmail { try admin.require("set-email", session, else: .youAreNotAllowedToSetUsersEmail) }
        let id = input.userID.text
        if changes.banned == true, id == session.user.id { throw AuthError(.badRequest, .youCannotBanYourself) }
        let role = try changes.role.map { roles throws(AuthError) in try admin.joined(roles) }
        let user: AuthUser
        do {
            guard let changed = try await admin.users.apply(changes, role: role, id: id, at: admin.settings.now) else {
                throw AuthError(.notFound, .userNotFound)
            }
            user = changed
        } catch let error as PostgresError where error.isUniqueViolation {
            throw AuthError(.badRequest, .userAlreadyExistsUseAnotherEmail)
        }
        await admin.events.record(.userUpdated, actor: session, subject: id)
        return .ok(UserView(user))
    }
}

@Schema struct SetRoleInput {
    @Field("userId") var userID: LooseText
    var role: OneOrMany
}

/// `POST /admin/set-role`
struct SetRole: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/admin/set-role"
    let admin: Administration
    let reader: SessionReader

    func handle(_ input: SetRoleInput, _ call: inout AuthCall) async throws -> AuthReply<UserOutput> {
        let session = try await call.requireAdmin(reader)
        try admin.require("set-role", session, else: .youAreNotAllowedToChangeUsersRole)
        return .ok(UserOutput(user: UserView(try await admin.setRole(input.role.list, of: input.userID.text, by: session))))
    }
}

@Schema struct SetUserPasswordInput {
    @Field(.length(1...)) var newPassword: String
    @Field("userId") var userID: LooseText
}

/// `POST /admin/set-user-password`: ends the user's sessions if ``EmailAndPasswordConfiguration/revokesSessionsOnReset`` says so.
struct SetUserPassword: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/admin/set-user-password"
    let admin: Administration
    let reader: SessionReader

    func handle(_ input: SetUserPasswordInput, _ call: inout AuthCall) async throws -> AuthReply<StatusOutput> {
        let session = try await call.requireAdmin(reader)
        try admin.require("set-password", session, else: .youAreNotAllowedToSetUsersPassword)
        let id = input.userID.text
        guard !id.isEmpty else { throw AuthError(.badRequest, .validation, message: "[body.userId] userId cannot be empty") }
        try await admin.passwords.replace(input.newPassword, userID: id)
        await admin.events.record(.passwordChanged, actor: session, subject: id)
        return .ok(StatusOutput())
    }
}

/// `POST /admin/remove-user`
struct RemoveUser: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/admin/remove-user"
    let admin: Administration
    let reader: SessionReader

    func handle(_ input: UserIDInput, _ call: inout AuthCall) async throws -> AuthReply<SuccessOutput> {
        let session = try await call.requireAdmin(reader)
        try admin.require("delete", session, else: .youAreNotAllowedToDeleteUsers)
        try await admin.remove(input.userID.text, by: session)
        return .ok(SuccessOutput())
    }
}
