import Logging
import PostgresClient

/// The services behind the endpoints, built once: the one place where they meet.
final class AuthParts: Sendable {
    let settings: AuthSettings
    let database: PostgresPool
    let logger: Logger
    let users: UserStore
    let accounts: AccountStore
    let credentials: CredentialStore
    let sessions: SessionService
    let reader: SessionReader
    let events: AuthEvents
    let letters: Letters
    let hasher: PasswordHasher
    let verification: EmailVerification
    let passwords: Passwords
    let deletion: Deletion
    let signUp: SignUp
    let signIn: SignIn
    let access: OrganizationAccess
    let members: Members
    let organizations: Organizations
    let invitations: Invitations
    let teams: Teams?
    let roles: CustomRoles?
    let keys: APIKeys
    let keyAccess: APIKeyAccess
    let keySessions: APIKeySessions?
    let admin: Administration?

    var cookies: AuthCookies { settings.cookies }
    var origins: OriginPolicy { OriginPolicy(origins: settings.origins) }

    init(_ settings: AuthSettings, database: PostgresPool, logger: Logger) {
        let rules = settings.configuration.emailAndPassword
        self.settings = settings
        self.database = database
        self.logger = logger
        users = UserStore(database: database)
        accounts = AccountStore(database: database)
        credentials = CredentialStore(database: database, accounts: accounts)
        events = AuthEvents(hooks: settings.configuration.hooks, now: settings.configuration.now, logger: logger)
        letters = Letters(settings, logger: logger)
        hasher = PasswordHasher(
            concurrency: rules.hashingConcurrency ?? PasswordHasher.defaultConcurrency, maximumWaiting: rules.maximumWaitingHashes,
            length: rules.passwordLength)
        let store = SessionStore(database: database, hasTeams: settings.configuration.organizations.teams != nil)
        let verifications = VerificationStore(database: database)
        sessions = SessionService(settings: settings, store: store, users: users, credentials: credentials, events: events)
        reader = SessionReader(sessions: sessions, cookies: settings.cookies)
        verification = EmailVerification(
            settings: settings, users: users, credentials: credentials, verifications: verifications, letters: letters, events: events)
        let keyStore = APIKeyStore(database: database, hasAdditions: settings.configuration.apiKeyAdditions.isEnabled)
        keys = APIKeys(
            settings: settings, store: keyStore, touches: TouchMemory(), sweep: ExpirySweep(), events: events)
        passwords = Passwords(
            settings: settings, hasher: hasher, accounts: accounts, users: users, verifications: verifications, sessions: sessions,
            credentials: credentials, keys: keys, letters: letters)
        signUp = SignUp(
            settings: settings, database: database, users: users, accounts: accounts, sessions: sessions, passwords: hasher,
            verification: verification)
        signIn = SignIn(settings: settings, accounts: accounts, sessions: sessions, passwords: hasher, verification: verification)

        let rulesOfOrganizations = settings.configuration.organizations
        let memberStore = MemberStore(database: database)
        let organizationStore = OrganizationStore(database: database)
        let teamStore = TeamStore(database: database)
        let roleStore = RoleStore(database: database)
        access = OrganizationAccess(settings: settings, members: memberStore, roles: roleStore)
        members = Members(settings: settings, database: database, store: memberStore, access: access, events: events)
        organizations = Organizations(
            settings: settings, database: database, store: organizationStore, members: memberStore, sessions: store, keys: keyStore,
            access: access, events: events)
        invitations = Invitations(
            settings: settings, database: database,
            store: InvitationStore(database: database, hasTeams: rulesOfOrganizations.teams != nil), members: memberStore,
            organizations: organizationStore, users: users, teams: teamStore, access: access, letters: letters, events: events)
        if let rules = rulesOfOrganizations.teams {
            teams = Teams(
                settings: settings, database: database, store: teamStore, members: memberStore, access: access, events: events, rules: rules
            )
        } else {
            teams = nil
        }
        if let rules = rulesOfOrganizations.customRoles {
            roles = CustomRoles(
                settings: settings, database: database, store: roleStore, members: memberStore, access: access, events: events, rules: rules
            )
        } else {
            roles = nil
        }
        deletion = Deletion(
            settings: settings, users: users, keys: keys, verifications: verifications, letters: letters, events: events)
        keyAccess = APIKeyAccess(settings: settings, keys: keys, members: members)
        if let configuration = settings.configuration.apiKeys.first(where: { $0.opensSessions && $0.owner == .user }) {
            keySessions = APIKeySessions(settings: settings, keys: keys, users: users, configuration: configuration)
        } else {
            keySessions = nil
        }
        admin =
            settings.configuration.admin.isEnabled
            ? Administration(
                settings: settings, users: users, sessions: sessions, keys: keys, signUp: signUp, passwords: passwords, events: events)
            : nil
    }
}
