import HTTPTypes
import JSON
import Primitives
import TypedAPI

/// Which account a request means. The contract is strict here, and only here: a member too many is refused.
struct AccountChoice {
    /// The row's id; nil where the account is in a cookie, which only servers with providers write.
    let accountID: String?

    /// - Throws: ``AuthError`` 400 with `VALIDATION_ERROR`.
    init(_ call: AuthCall) throws(AuthError) {
        let isQuery = call.method == .get
        let object = isQuery ? call.query.object : call.value?.object
        guard let object, Self.isText(object["userId"]), let choice = Self.choice(object, isQuery) else {
            throw InputProblems.failure([isQuery ? "[query] Invalid input" : "[body] Invalid input"])
        }
        accountID = choice
    }

    /// Exactly one of the two ways, and nothing else; nil otherwise.
    private static func choice(_ object: JSONObject, _ isQuery: Bool) -> String?? {
        var rest = Set(object.map(\.key))
        rest.remove("userId")
        if rest == ["accountId"], let id = object["accountId"]?.string { return .some(id) }
        let usesCookie = object["useAccountCookie"] == (isQuery ? "true" : true)
        return rest == ["useAccountCookie"] && usesCookie ? .some(nil) : nil
    }

    private static func isText(_ value: JSONValue?) -> Bool { value == nil || value?.string != nil }
}

extension AccountStore {
    /// What the provider of a user's account gave.
    ///
    /// - Throws: ``AuthError`` with `ACCOUNT_NOT_FOUND`, also for another user's.
    fileprivate func tokens(of choice: AccountChoice, for session: AuthSession) async throws -> ProviderTokens {
        guard let id = choice.accountID, let tokens = try await tokens(ofAccount: id, user: session.user.id) else {
            throw AuthError(.badRequest, .accountNotFound)
        }
        return tokens
    }
}

extension AuthError {
    fileprivate static func unsupported(_ provider: String) -> AuthError {
        AuthError(.badRequest, .providerNotSupported, message: "Provider \(provider) is not supported.")
    }
}

@Schema struct AccessTokenOutput {
    var accessToken: String
    @Field(.omitNil) var accessTokenExpiresAt: Timestamp?
    var scopes: [String]
    @Field(.omitNil) var idToken: String?
}

/// `POST /get-access-token`: the stored token of a provider's account. There are no providers here that could give a new one.
struct GetAccessToken: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/get-access-token"
    let isBodyOptional = true
    let accounts: AccountStore
    let reader: SessionReader

    /// One that ends sooner than this is as good as over.
    private static let margin = Duration.seconds(5)

    func handle(_ input: NoInput, _ call: inout AuthCall) async throws -> AuthReply<AccessTokenOutput> {
        let choice = try AccountChoice(call)
        let session = try await call.requireSession(reader, .authoritative, else: .empty(.unauthorized))
        let tokens = try await accounts.tokens(of: choice, for: session)
        guard tokens.providerID != AccountStore.credentialProvider else { throw AuthError.unsupported(tokens.providerID) }
        let isOver = tokens.accessTokenExpiresAt.map { $0 - Self.margin < reader.sessions.settings.now } ?? false
        if isOver, tokens.refreshToken != nil { throw AuthError.unsupported(tokens.providerID) }
        guard let token = tokens.accessToken, !token.isEmpty else { throw AuthError(.badRequest, .failedToGetAccessToken) }
        return .ok(
            AccessTokenOutput(
                accessToken: token, accessTokenExpiresAt: tokens.accessTokenExpiresAt,
                scopes: tokens.scope?.split(separator: ",").map(String.init) ?? [], idToken: tokens.idToken))
    }
}

/// `POST /refresh-token`: there are no providers here, so that no account's token can be refreshed.
struct RefreshToken: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/refresh-token"
    let isBodyOptional = true
    let accounts: AccountStore
    let reader: SessionReader

    func handle(_ input: NoInput, _ call: inout AuthCall) async throws -> AuthReply<NoOutput> {
        let choice = try AccountChoice(call)
        let session = try await call.requireSession(reader, .authoritative, else: .empty(.unauthorized))
        throw AuthError.unsupported(try await accounts.tokens(of: choice, for: session).providerID)
    }
}

/// `GET /account-info`: what the provider says of the user; there are no providers here that could be asked.
struct AccountInfo: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/account-info"
    let accounts: AccountStore
    let reader: SessionReader

    func handle(_ input: NoInput, _ call: inout AuthCall) async throws -> AuthReply<NoOutput> {
        let choice = try AccountChoice(call)
        let session = try await call.requireSession(reader, .authoritative, else: .empty(.unauthorized))
        _ = try await accounts.tokens(of: choice, for: session)
        throw AuthError(.badRequest, .providerNotConfigured)
    }
}
