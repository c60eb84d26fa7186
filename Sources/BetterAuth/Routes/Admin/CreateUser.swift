import HTTPTypes
import JSON
import Primitives
import TypedAPI

@Schema struct CreateUserInput {
    var email: String
    @Field(.notNull) var password: String?
    var name: String
    @Field(.notNull) var role: OneOrMany?
    @Field(.notNull) var data: JSONObject?
}

/// `POST /admin/create-user`
struct CreateUser: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/admin/create-user"
    let admin: Administration
    let reader: SessionReader

    func handle(_ input: CreateUserInput, _ call: inout AuthCall) async throws -> AuthReply<UserOutput> {
        let session = try await call.requireAdmin(reader)
        try admin.require("create", session, else: .youAreNotAllowedToCreateUsers)
        let changes = try UserChanges(input.data ?? [:])
        if input.role != nil || changes.role != nil { try admin.require("set-role", session, else: .youAreNotAllowedToChangeUsersRole) }
        if changes.touchesBan { try admin.require("ban", session, else: .youAreNotAllowedToBanUsers) }
        guard let email = EmailAddress(input.email) else { throw AuthError(.badRequest, .invalidEmail) }
        var user = admin.signUp.newUser(name: input.name, email: email, image: nil)
        try changes.apply(to: &user, admin)
        if let role = input.role { user.role = try admin.joined(role.list) }
        user.email = email.text
        user.name = input.name
        do {
            user = try await admin.signUp.createUser(user, password: input.password, checksLength: false)
        } catch let error as AuthError where error.code == .userAlreadyExistsUseAnotherEmail {
            throw AuthError(.badRequest, .userAlreadyExistsUseAnotherEmail)
        }
        await admin.events.record(.userCreated, actor: session, subject: user.id)
        return .ok(UserOutput(user: UserView(user)))
    }
}

/// The members of `data` that administrators may write; others are no columns of ours and are left out.
struct UserChanges {
    var name: String?
    var email: EmailAddress?
    var emailVerified: Bool?
    var image: Patch<String> = .absent
    var role: [String]?
    var banned: Bool?
    var banReason: Patch<String> = .absent
    var banExpires: Patch<Timestamp> = .absent

    var touchesBan: Bool { banned != nil || banReason.isPresent || banExpires.isPresent }
    var touchesEmail: Bool { email != nil || emailVerified != nil }
    var isEmpty: Bool { !touchesBan && !touchesEmail && name == nil && !image.isPresent && role == nil }

    init(_ data: JSONObject) throws(AuthError) {
        if data.contains("password") { throw AuthError(.badRequest, .passwordCannotBeUpdatedViaUpdateUser) }
        func invalid(_ field: String) -> AuthError { AuthError(.badRequest, .validation, message: "[body.data.\(field)] Invalid input") }
        func text(_ field: String) throws(AuthError) -> Patch<String> {
            guard let value = data[field] else { return .absent }
            if value.isNull { return .null }
            guard let text = value.string else { throw invalid(field) }
            return .value(text)
        }
        func flag(_ field: String) throws(AuthError) -> Bool? {
            guard let value = data[field] else { return nil }
            guard let flag = value.bool else { throw invalid(field) }
            return flag
        }
        if let value = data["name"] {
            guard let text = value.string else { throw invalid("name") }
            name = text
        }
        if let value = data["email"] {
            guard let email = value.string.flatMap({ EmailAddress($0) }) else { throw AuthError(.badRequest, .invalidEmail) }
            self.email = email
        }
        if let value = data["role"] {
            if let text = value.string {
                role = OneOrMany.one(text).list
            } else if let array = value.array, array.allSatisfy({ $0.string != nil }) {
                role = OneOrMany.many(array.compactMap(\.string)).list
            } else {
                throw AuthError(.badRequest, .invalidRoleType)
            }
        }
        emailVerified = try flag("emailVerified")
        banned = try flag("banned")
        image = try text("image")
        banReason = try text("banReason")
        switch try text("banExpires") {
        case .absent: break
        case .null: banExpires = .null
        case .value(let text):
            guard let time = Timestamp(rfc3339: text) else { throw invalid("banExpires") }
            banExpires = .value(time)
        }
    }

    /// For a user that is about to be made.
    func apply(to user: inout AuthUser, _ admin: Administration) throws(AuthError) {
        if let name { user.name = name }
        if let email { user.email = email.text }
        if let emailVerified { user.emailVerified = emailVerified }
        user.image = image.applied(to: user.image)
        if let role { user.role = try admin.joined(role) }
        if let banned { user.banned = banned }
        user.banReason = banReason.applied(to: user.banReason)
        user.banExpires = banExpires.applied(to: user.banExpires)
    }
}
