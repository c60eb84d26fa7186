import HTTPTypes
import Primitives
import TypedAPI

@Schema(name: "Account") struct AccountView {
    var id: String
    @Field("providerId") var providerID: String
    @Field("accountId") var accountID: String
    @Field("userId") var userID: String
    var createdAt: Timestamp
    var updatedAt: Timestamp
    var scopes: [String]

    init(_ account: AccountSummary) {
        id = account.id
        providerID = account.providerID
        accountID = account.accountID
        userID = account.userID
        createdAt = account.createdAt
        updatedAt = account.updatedAt
        scopes = account.scope?.split(separator: ",").map(String.init) ?? []
    }
}

/// `GET /list-accounts`: the caller's ways to sign in; never a token or a password.
struct ListAccounts: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/list-accounts"
    let accounts: AccountStore
    let reader: SessionReader

    func handle(_ input: NoInput, _ call: inout AuthCall) async throws -> AuthReply<[AccountView]> {
        let session = try await call.requireSession(reader)
        return .ok(try await accounts.all(ofUser: session.user.id).map(AccountView.init))
    }
}

@Schema struct UnlinkAccountInput {
    /// The row's id.
    @Field("accountId") var accountID: String
}

/// `POST /unlink-account`: the last way to sign in stays.
struct UnlinkAccount: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/unlink-account"
    let accounts: AccountStore
    let reader: SessionReader

    func handle(_ input: UnlinkAccountInput, _ call: inout AuthCall) async throws -> AuthReply<StatusOutput> {
        let session = try await call.requireFreshSession(reader)
        switch try await accounts.unlink(input.accountID, ofUser: session.user.id) {
        case .lastOne: throw AuthError(.badRequest, .failedToUnlinkLastAccount)
        case .notFound: throw AuthError(.badRequest, .accountNotFound)
        case .unlinked: break
        }
        await reader.sessions.events.record(.accountUnlinked, actor: session, subject: input.accountID)
        return .ok(StatusOutput())
    }
}
