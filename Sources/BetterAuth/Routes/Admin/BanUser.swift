import HTTPTypes
import Primitives
import TypedAPI

@Schema struct BanUserInput {
    @Field("userId") var userID: LooseText
    @Field(.notNull) var banReason: String?
    /// Seconds.
    @Field(.notNull, .range(0...)) var banExpiresIn: Double?
}

/// `POST /admin/ban-user`
struct BanUser: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/admin/ban-user"
    let admin: Administration
    let reader: SessionReader

    func handle(_ input: BanUserInput, _ call: inout AuthCall) async throws -> AuthReply<UserOutput> {
        let session = try await call.requireAdmin(reader)
        try admin.require("ban", session, else: .youAreNotAllowedToBanUsers)
        let lasts = input.banExpiresIn.flatMap { $0 > 0 ? Duration.milliseconds(Int64(min($0, 315_360_000_000) * 1000)) : nil }
        let user = try await admin.ban(input.userID.text, reason: input.banReason, lasts: lasts, by: session)
        return .ok(UserOutput(user: UserView(user)))
    }
}

/// `POST /admin/unban-user`
struct UnbanUser: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/admin/unban-user"
    let admin: Administration
    let reader: SessionReader

    func handle(_ input: UserIDInput, _ call: inout AuthCall) async throws -> AuthReply<UserOutput> {
        let session = try await call.requireAdmin(reader)
        try admin.require("ban", session, else: .youAreNotAllowedToBanUsers)
        return .ok(UserOutput(user: UserView(try await admin.unban(input.userID.text, by: session))))
    }
}
