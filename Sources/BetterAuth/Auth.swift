public import HTTPTypes
import JSON
public import Logging
public import PostgresClient

/// better-auth for Swift servers: its HTTP contract over its own tables.
///
/// The tables must exist: ``AuthSchema/tables`` declares them. Rate limiting of the auth routes is not part of this library yet: put a
/// limiter in front.
public final class Auth: Sendable {
    /// Users, for the server's own use.
    public let users: AuthUsers
    /// Organizations, for the server's own use.
    public let organizations: Organizations
    /// Who belongs to which organization, and what roles allow.
    public let members: Members
    /// API keys, for the server's own use.
    public let apiKeys: APIKeys

    let settings: AuthSettings
    let dispatcher: AuthDispatcher
    private let reader: SessionReader

    /// - Throws: ``AuthConfigurationError`` for settings that cannot work.
    public init(_ configuration: AuthConfiguration, database: PostgresPool, logger: Logger) throws(AuthConfigurationError) {
        let settings = try AuthSettings(configuration)
        let rules = configuration.emailAndPassword
        let passwords = PasswordHasher(
            concurrency: rules.hashingConcurrency ?? PasswordHasher.defaultConcurrency, maximumWaiting: rules.maximumWaitingHashes)
        let userStore = UserStore(database: database)
        let accounts = AccountStore(database: database)
        let sessionStore = SessionStore(database: database)
        let memberStore = MemberStore(database: database)
        let sessions = SessionService(settings: settings, store: sessionStore)
        let reader = SessionReader(sessions: sessions, cookies: settings.cookies)
        let signUp = SignUp(
            settings: settings, database: database, users: userStore, accounts: accounts, sessions: sessions, passwords: passwords)
        let signIn = SignIn(settings: settings, users: userStore, accounts: accounts, sessions: sessions, passwords: passwords)

        users = AuthUsers(settings: settings, store: userStore, signUp: signUp)
        members = Members(settings: settings, database: database, store: memberStore)
        organizations = Organizations(
            settings: settings, database: database, store: OrganizationStore(database: database), members: memberStore,
            sessions: sessionStore)
        apiKeys = APIKeys(
            settings: settings, store: APIKeyStore(database: database), touches: TouchMemory(), sweep: ExpirySweep())
        self.settings = settings
        self.reader = reader
        dispatcher = AuthDispatcher(
            settings: settings,
            endpoints: Self.endpoints(
                settings: settings, signUp: signUp, signIn: signIn, reader: reader, organizations: organizations, keys: apiKeys,
                access: APIKeyAccess(settings: settings, keys: apiKeys, members: members), logger: logger),
            logger: logger)
    }

    /// The signed-in user of a request, by its session cookie; nil without a valid session. One query.
    ///
    /// A session that has not been refreshed for a day is, and the result's `setCookies` then belong on the response.
    public func session(for headers: HTTPFields) async throws -> AuthSession? {
        do {
            return try await reader.read(RequestCookies(headers)).session
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
