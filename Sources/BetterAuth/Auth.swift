public import HTTPTypes
public import Logging
public import PostgresClient

/// better-auth for Swift servers: its HTTP contract over its own tables.
///
/// The tables must exist: ``AuthSchema/tables`` declares them.
public final class Auth: Sendable {
    /// Users, for the server's own use.
    public let users: AuthUsers
    /// Organizations, for the server's own use.
    public let organizations: Organizations
    /// Who belongs to which organization, and what roles allow.
    public let members: Members
    /// Invitations, for pages of the server's own.
    public let invitations: Invitations
    /// API keys, for the server's own use.
    public let apiKeys: APIKeys

    let settings: AuthSettings
    let dispatcher: AuthDispatcher
    private let database: PostgresPool
    private let reader: SessionReader
    private let bearer: BearerTokens?

    /// - Throws: ``AuthConfigurationError`` for settings that cannot work.
    public init(_ configuration: AuthConfiguration, database: PostgresPool, logger: Logger) throws(AuthConfigurationError) {
        let settings = try AuthSettings(configuration)
        let parts = AuthParts(settings, database: database, logger: logger)
        users = AuthUsers(settings: settings, store: parts.users, signUp: parts.signUp, passwords: parts.passwords)
        members = parts.members
        organizations = parts.organizations
        invitations = parts.invitations
        apiKeys = parts.keys
        self.settings = settings
        self.database = database
        reader = parts.reader
        bearer = configuration.bearer.isEnabled ? BearerTokens(settings) : nil
        dispatcher = AuthDispatcher(settings: settings, endpoints: parts.endpoints, keySessions: parts.keySessions, logger: logger)
    }

    /// Looks at the live tables, which another version of better-auth may have made. Call it once before serving.
    ///
    /// - Throws: ``AuthConfigurationError`` `.unsuitableDatabase` naming every column that is missing and what to do about it.
    public func checkDatabase() async throws {
        let problems = try await DatabaseShape.read(database).problems(settings.configuration)
        guard problems.isEmpty else {
            throw AuthConfigurationError(
                code: .unsuitableDatabase, detail: "The database cannot be served: " + problems.joined(separator: "; "))
        }
    }

    /// The signed-in user of a request, by its session cookie (or bearer token, where that is on); nil without a valid session. One query, or
    /// none where the cookie's cache counts.
    ///
    /// A session that has not been refreshed for a day is, and the result's `setCookies` then belong on the response.
    public func session(for headers: HTTPFields) async throws -> AuthSession? {
        do {
            var cookies = RequestCookies(headers)
            bearer?.apply(headers, to: &cookies)
            let result = try await reader.read(cookies)
            return result.session.map {
                var session = $0
                session.setCookies = result.setCookies
                return session
            }
        } catch is SessionReader.RevokedMeanwhile {
            return nil
        }
    }

    /// Refuses a request with cookies that would change something and does not come from a trusted origin.
    ///
    /// - Throws: ``AuthError`` 403 with `MISSING_OR_NULL_ORIGIN` or `INVALID_ORIGIN`.
    public func verifyOrigin(method: HTTPRequest.Method, headers: HTTPFields) throws(AuthError) {
        try dispatcher.origins.checkOrigin(of: method, headers)
    }
}
