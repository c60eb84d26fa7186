import BetterAuth
import JSON
import Mail

/// The configuration that a test asks for.
struct DriverSettings {
    let wish: JSONValue
    let world: DriverWorld
    private let mailer: SMTPMailer?

    init(_ wish: JSONValue, _ world: DriverWorld) throws {
        self.wish = wish
        self.world = world
        mailer = try wish["smtp"]?.string.map { url in
            var configuration = try SMTPConfiguration(url: url)
            configuration.certificateAuthorities = wish["certificateAuthorities"]?.string
            configuration.timeout = .seconds(15)
            return try SMTPMailer(configuration)
        }
    }

    func configuration(port: Int) -> AuthConfiguration {
        var organizationKeys = APIKeyConfiguration.organizationOwned
        var userKeys = APIKeyConfiguration.userOwned
        userKeys.metadataEnabled = true
        userKeys.opensSessions = flag("keySessions")
        userKeys.prefix = wish["keyPrefix"]?.string
        userKeys.defaultPermissions = ["files": ["read"]]
        organizationKeys.metadataEnabled = true
        var settings = AuthConfiguration(
            baseURL: wish["baseURL"]?.string ?? "http://127.0.0.1:\(port)", secret: wish["secret"]?.string ?? "",
            trustedOrigins: texts("trustedOrigins"), apiKeys: [userKeys, organizationKeys])
        let world = world
        settings.now = { world.now }
        settings.apiKeyAdditions.isEnabled = flag("keyAdditions")
        settings.disabledPaths = Set(texts("disabledPaths"))
        settings.rateLimit.isEnabled = flag("rateLimit")
        settings.bearer.isEnabled = flag("bearer")
        settings.bearer.requiresSignature = flag("bearerRequiresSignature")
        settings.admin.adminUserIDs = Set(texts("adminUserIds"))
        // An administrator of little: may look and rename, and give nobody a role.
        settings.admin.access = settings.admin.access.adding(
            statements: [:], roles: ["support": ["user": ["list", "get", "update", "create"], "session": ["list"]]])
        settings.cookies.domain = wish["cookieDomain"]?.string
        settings.hooks.audit = { world.keep($0) }
        users(&settings)
        sessions(&settings)
        organizations(&settings)
        if wish["mail"] != false {
            let mailer = mailer
            settings.sendLetter = { letter in
                world.keep(letter)
                guard let mailer else { return }
                try await mailer.send(
                    MailMessage(
                        from: try MailAddress("auth@example.com", name: "Prüfstand"), to: [try MailAddress(letter.receiver)],
                        subject: HeaderText(stripping: Self.subject(of: letter)), text: "\(letter)", html: "<p>\(letter)</p>"))
            }
        }
        return settings
    }

    private func users(_ settings: inout AuthConfiguration) {
        settings.emailAndPassword.requireEmailVerification = flag("requireEmailVerification")
        settings.emailAndPassword.autoSignIn = wish["autoSignIn"] != false
        settings.emailAndPassword.revokesSessionsOnReset = flag("revokesSessionsOnReset")
        settings.emailAndPassword.revokesOtherSessionsOnChange = flag("revokesOtherSessionsOnChange")
        settings.emailVerification.sendsOnSignUp = wish["sendsOnSignUp"]?.bool
        settings.emailVerification.sendsOnSignIn = flag("sendsOnSignIn")
        settings.emailVerification.autoSignIn = flag("autoSignInAfterVerification")
        settings.changeEmail.isEnabled = wish["changeEmail"] != false
        settings.changeEmail.updatesUnverified = flag("updatesUnverified")
        settings.deleteUser.isEnabled = wish["deleteUser"] != false
        settings.deleteUser.verifiesByMail = flag("deletionByMail")
    }

    private func sessions(_ settings: inout AuthConfiguration) {
        settings.session.defersRefresh = flag("defersRefresh")
        guard let strategy = wish["cookieCache"]?.string else { return }
        var cache = AuthCookieCacheConfiguration()
        cache.strategy = ["jwt": .jwt, "jwe": .jwe][strategy] ?? .compact
        settings.session.cookieCache = cache
    }

    private func organizations(_ settings: inout AuthConfiguration) {
        settings.organizations.requiresVerifiedEmail = flag("requiresVerifiedEmail")
        settings.organizations.limitsRolesToGiver = flag("limitsRolesToGiver")
        if flag("hidesPendingInvitations") { settings.organizations.pendingInvitationAudience = .inviters }
        if let limit = wish["apiKeyLimit"]?.int { settings.hooks.apiKeyLimit = { _, _ in limit } }
        settings.organizations.invitationLimit = wish["invitationLimit"]?.int ?? 100
        settings.organizations.membershipLimit = wish["membershipLimit"]?.int ?? 100
        settings.organizations.organizationLimit = wish["organizationLimit"]?.int
        if flag("teams") {
            var teams = TeamConfiguration()
            teams.maximumTeams = wish["maximumTeams"]?.int
            teams.maximumMembersPerTeam = wish["maximumMembersPerTeam"]?.int
            settings.organizations.teams = teams
        }
        guard flag("customRoles") else { return }
        var customRoles = CustomRoleConfiguration()
        customRoles.maximumPerOrganization = wish["roleLimit"]?.int
        settings.organizations.customRoles = customRoles
        let project: Permissions = ["project": ["create", "read"]]
        settings.organizations.access = AccessControl.organizationDefault.adding(
            statements: ["project": ["create", "read", "delete"]], roles: ["owner": project, "admin": project])
    }

    private static func subject(of letter: AuthLetter) -> String {
        if case .invitation(let invitation) = letter { return "\(invitation.inviter.name) invites you" }
        return "\(letter)"
    }

    private func flag(_ name: String) -> Bool { wish[name] == true }

    private func texts(_ name: String) -> [String] { wish[name]?.array?.compactMap(\.string) ?? [] }
}
