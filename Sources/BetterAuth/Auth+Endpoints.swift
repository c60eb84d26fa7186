import HTTPTypes
import Logging

extension AuthParts {
    /// Every endpoint that exists, with its needs.
    var endpoints: [any AuthEndpoint] {
        core + organization + (teams.map(team) ?? []) + (roles.map(role) ?? []) + apiKey + (admin.map(administration) ?? [])
    }

    private var core: [any AuthEndpoint] {
        [
            Ok(), ErrorPage(),
            SignUpEmail(signUp: signUp, origins: origins, cookies: cookies),
            SignInEmail(signIn: signIn, origins: origins, cookies: cookies),
            SignOut(sessions: sessions, cookies: cookies),
            GetSession(method: .get, reader: reader, logger: logger), GetSession(method: .post, reader: reader, logger: logger),
            ListSessions(reader: reader), RevokeSession(reader: reader), RevokeSessions(reader: reader),
            RevokeOtherSessions(reader: reader), UpdateSession(reader: reader),
            UpdateUser(users: users, reader: reader, cookies: cookies),
            ChangePassword(passwords: passwords, reader: reader, cookies: cookies),
            VerifyPassword(passwords: passwords, reader: reader),
            RequestPasswordReset(passwords: passwords), OpenResetLink(passwords: passwords, origins: origins),
            ResetPassword(passwords: passwords),
            SendVerificationEmail(verification: verification, reader: reader),
            VerifyEmail(verification: verification, reader: reader, cookies: cookies, origins: origins),
            ChangeEmail(verification: verification, reader: reader, cookies: cookies),
            DeleteUser(deletion: deletion, passwords: passwords, reader: reader, cookies: cookies),
            DeleteUserCallback(deletion: deletion, reader: reader, cookies: cookies, origins: origins),
            ListAccounts(accounts: accounts, reader: reader), UnlinkAccount(accounts: accounts, reader: reader),
            GetAccessToken(accounts: accounts, reader: reader), RefreshToken(accounts: accounts, reader: reader),
            AccountInfo(accounts: accounts, reader: reader),
        ]
    }

    private var organization: [any AuthEndpoint] {
        [
            CreateOrganization(organizations: organizations, reader: reader), CheckSlug(organizations: organizations, reader: reader),
            UpdateOrganization(organizations: organizations, reader: reader),
            DeleteOrganization(organizations: organizations, reader: reader),
            ListOrganizations(organizations: organizations, reader: reader),
            GetOrganization(organizations: organizations, reader: reader),
            GetFullOrganization(organizations: organizations, invitations: invitations.store, teams: teams?.store, reader: reader),
            SetActiveOrganization(organizations: organizations, reader: reader, cookies: cookies),
            HasPermission(members: members, reader: reader),

            InviteMember(invitations: invitations, reader: reader),
            AcceptInvitation(invitations: invitations, reader: reader, cookies: cookies),
            RejectInvitation(invitations: invitations, reader: reader), CancelInvitation(invitations: invitations, reader: reader),
            GetInvitation(invitations: invitations, reader: reader), ListInvitations(invitations: invitations, reader: reader),
            ListUserInvitations(invitations: invitations, reader: reader),

            RemoveMember(members: members, reader: reader), UpdateMemberRole(members: members, reader: reader),
            LeaveOrganization(members: members, organizations: organizations, reader: reader),
            GetActiveMember(members: members, reader: reader),
            GetActiveMemberRole(members: members, organizations: organizations, reader: reader),
            ListMembers(members: members, organizations: organizations, reader: reader),
        ]
    }

    private func team(_ teams: Teams) -> [any AuthEndpoint] {
        [
            CreateTeam(teams: teams, reader: reader), ListTeams(teams: teams, reader: reader), UpdateTeam(teams: teams, reader: reader),
            RemoveTeam(teams: teams, reader: reader), SetActiveTeam(teams: teams, reader: reader, cookies: cookies),
            ListUserTeams(teams: teams, reader: reader), ListTeamMembers(teams: teams, reader: reader),
            AddTeamMember(teams: teams, reader: reader), RemoveTeamMember(teams: teams, reader: reader),
        ]
    }

    private func role(_ roles: CustomRoles) -> [any AuthEndpoint] {
        [
            CreateRole(roles: roles, reader: reader), UpdateRole(roles: roles, reader: reader), DeleteRole(roles: roles, reader: reader),
            ListRoles(roles: roles, reader: reader), GetRole(roles: roles, reader: reader),
        ]
    }

    private var apiKey: [any AuthEndpoint] {
        [
            CreateAPIKey(keys: keys, access: keyAccess, reader: reader), ListAPIKeys(keys: keys, access: keyAccess, reader: reader),
            GetAPIKey(keys: keys, access: keyAccess, reader: reader), UpdateAPIKey(keys: keys, access: keyAccess, reader: reader),
            DeleteAPIKey(keys: keys, access: keyAccess, reader: reader),
        ] + (settings.configuration.apiKeyAdditions.isEnabled ? [RotateAPIKey(keys: keys, access: keyAccess, reader: reader)] : [])
    }

    private func administration(_ admin: Administration) -> [any AuthEndpoint] {
        [
            CreateUser(admin: admin, reader: reader), ListUsers(admin: admin, reader: reader), GetUser(admin: admin, reader: reader),
            AdminUpdateUser(admin: admin, reader: reader), SetRole(admin: admin, reader: reader),
            SetUserPassword(admin: admin, reader: reader), RemoveUser(admin: admin, reader: reader),
            BanUser(admin: admin, reader: reader), UnbanUser(admin: admin, reader: reader),
            ListUserSessions(admin: admin, reader: reader), RevokeUserSession(admin: admin, reader: reader),
            RevokeUserSessions(admin: admin, reader: reader),
            ImpersonateUser(admin: admin, reader: reader, cookies: cookies),
            StopImpersonating(admin: admin, reader: reader, cookies: cookies), AdminHasPermission(admin: admin, reader: reader),
        ]
    }
}
