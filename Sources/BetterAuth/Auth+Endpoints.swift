import Logging

extension Auth {
    /// Every endpoint that exists, with its needs.
    static func endpoints(
        settings: AuthSettings, signUp: SignUp, signIn: SignIn, reader: SessionReader, organizations: Organizations, keys: APIKeys,
        access: APIKeyAccess, logger: Logger
    ) -> [any AuthEndpoint] {
        let origins = OriginPolicy(origins: settings.origins)
        let cookies = settings.cookies
        let membershipLimit = settings.configuration.organizations.membershipLimit
        return [
            Ok(), ErrorPage(),
            SignUpEmail(signUp: signUp, origins: origins, cookies: cookies),
            SignInEmail(signIn: signIn, origins: origins, cookies: cookies),
            SignOut(sessions: reader.sessions, cookies: cookies),
            GetSession(reader: reader, logger: logger), PostGetSession(),

            CreateOrganization(organizations: organizations, reader: reader),
            CheckSlug(organizations: organizations, reader: reader),
            ListOrganizations(organizations: organizations, reader: reader),
            SetActiveOrganization(organizations: organizations, reader: reader, cookies: cookies),
            GetOrganization(organizations: organizations, reader: reader),
            GetFullOrganization(organizations: organizations, membershipLimit: membershipLimit, reader: reader),

            CreateAPIKey(keys: keys, access: access, reader: reader),
            ListAPIKeys(keys: keys, access: access, reader: reader),
            GetAPIKey(access: access, reader: reader),
            UpdateAPIKey(keys: keys, access: access, reader: reader),
            DeleteAPIKey(keys: keys, access: access, reader: reader),
        ]
    }
}
