import PostgresClient
import Primitives
import TypedAPI
import TypedSQL

/// Invitations to organizations: sent, shown, accepted, rejected, canceled.
public struct Invitations: Sendable {
    let settings: AuthSettings
    let database: PostgresPool
    let store: InvitationStore
    let members: MemberStore
    let organizations: OrganizationStore
    let users: UserStore
    let teams: TeamStore
    let access: OrganizationAccess
    let letters: Letters
    let events: AuthEvents

    struct Wish: Sendable {
        var email: String
        var roles: [String]
        var organizationID: String?
        var resend: Bool
        var teams: [String]
    }

    private var rules: OrganizationConfiguration { settings.configuration.organizations }

    /// Invites an address. The checks stand in the contract's order.
    func invite(_ wish: Wish, by session: AuthSession) async throws -> InvitationStore.Found {
        guard let organizationID = wish.organizationID ?? session.session.activeOrganizationID else {
            throw AuthError(.badRequest, .organizationNotFound)
        }
        guard let email = EmailAddress(wish.email) else { throw AuthError(.badRequest, .invalidEmail) }
        guard let caller = try await members.find(user: session.user.id, organization: organizationID) else {
            throw AuthError(.badRequest, .memberNotFound)
        }
        guard try await access.allows(["invitation": ["create"]], caller) else {
            throw AuthError(.forbidden, .youAreNotAllowedToInviteUsersToThisOrganization)
        }
        let unknown = try await access.unknown(wish.roles, in: organizationID)
        guard unknown.isEmpty else { throw AuthError.uncoded(.badRequest, "ROLE_NOT_FOUND: \(unknown.joined(separator: ", "))") }
        if wish.roles.contains(rules.creatorRole), !access.isOwner(caller) {
            throw AuthError(.forbidden, .youAreNotAllowedToInviteUserWithThisRole)
        }
        guard access.mayGive(wish.roles, caller, try await access.control(of: organizationID)) else {
            throw AuthError(.forbidden, .youAreNotAllowedToInviteUserWithThisRole)
        }
        guard try await members.find(email: email.text, organization: organizationID) == nil else {
            throw AuthError(.badRequest, .alreadyAMember)
        }
        guard let organization = try await organizations.find(id: organizationID) else {
            throw AuthError(.badRequest, .organizationNotFound)
        }
        let found = try await store(wish, email, organization, by: session)
        await letters.post(
            .invitation(
                .init(
                    invitation: found.invitation, organization: organization, inviter: session.user,
                    token: settings.invitationTokens.make(for: found.invitation))))
        await events.record(.memberInvited, actor: session, subject: found.invitation.id, organization: organizationID)
        return found
    }

    /// One transaction behind the organization's lock: two invitations of one address at once are one.
    private func store(
        _ wish: Wish, _ email: EmailAddress, _ organization: Organization, by session: AuthSession
    ) async throws -> InvitationStore.Found {
        let (now, rules) = (settings.now, rules)
        let expiry = now + rules.invitationExpiresIn
        return try await database.withTransaction { transaction in
            _ = try await transaction.first(
                Organization.from().where { $0.id == organization.id }.select { $0.id }.lock(.noKeyUpdate))
            let pending = try await transaction.all(
                Invitation.from().where { invitation in
                    invitation.organizationID == organization.id
                    invitation.status == "pending"
                    invitation.expiresAt > now
                })
            var open = pending.count
            if let known = pending.first(where: { $0.email == email.text }) {
                if wish.resend {
                    // Who sends it again stands for it from now on, with the role that was just judged.
                    let renewed = Invitation.update { invitation in
                        invitation.expiresAt.set(expiry)
                        invitation.role.set(wish.roles.joined(separator: ","))
                        invitation.inviterID.set(session.user.id)
                    }.where { $0.id == known.id }.returning()
                    if let teamRules = rules.teams, !wish.teams.isEmpty {
                        try await transaction.check(wish.teams, of: organization.id, teamRules)
                        try await transaction.run(
                            InvitationTeams.update { $0.teamID.set(wish.teams.joined(separator: ",")) }.where { $0.id == known.id })
                    }
                    return (try await transaction.one(renewed), try await transaction.teams(of: known.id, where: store.hasTeams))
                }
                guard rules.cancelsPendingOnReinvite else { throw AuthError(.badRequest, .userIsAlreadyInvitedToThisOrganization) }
                try await transaction.run(Invitation.update { $0.status.set("canceled") }.where { $0.id == known.id })
                open -= 1
            }
            guard open < rules.invitationLimit else { throw AuthError(.forbidden, .invitationLimitReached) }
            if let teamRules = rules.teams { try await transaction.check(wish.teams, of: organization.id, teamRules) }
            let invitation = Invitation(
                id: Identifiers.row(), organizationID: organization.id, email: email.text, role: wish.roles.joined(separator: ","),
                status: "pending", expiresAt: expiry, createdAt: now, inviterID: session.user.id)
            try await transaction.run(Invitation.insert(invitation.draft))
            guard rules.teams != nil else { return (invitation, .absent) }
            guard !wish.teams.isEmpty else { return (invitation, .null) }
            let joined = wish.teams.joined(separator: ",")
            try await transaction.run(InvitationTeams.update { $0.teamID.set(joined) }.where { $0.id == invitation.id })
            return (invitation, .value(joined))
        }
    }

    struct Acceptance: Sendable {
        var found: InvitationStore.Found
        var member: Member
        /// The one team that was joined.
        var team: String?
        /// The user, when the token of the mail has verified the address.
        var verified: AuthUser?
    }

    /// Makes the signed-in user a member. Of two calls at once one succeeds, and nothing stays of one that fails.
    ///
    /// - Parameter token: Of the invitation's mail; it verifies the address.
    func accept(_ id: String, by session: AuthSession, token: String?) async throws -> Acceptance {
        guard let found = try await store.find(id: id), found.invitation.status == "pending", found.invitation.expiresAt > settings.now
        else { throw AuthError(.badRequest, .invitationNotFound) }
        try requireReceiver(of: found.invitation, session, token: token)
        let (now, rules, access) = (settings.now, rules, access)
        let (user, sessionID) = (session.user.id, session.session.id)
        let hasProof = proves(token, found.invitation)
        let acceptance = try await database.withTransaction { transaction in
            let organization = found.invitation.organizationID
            let members = try await transaction.lockedMembers(of: organization)
            guard
                let accepted = try await transaction.run(
                    InvitationStore.moving(id, from: "pending", to: "accepted", unexpiredAt: now)
                ).first
            else { throw AuthError(.badRequest, .invitationNotFound) }
            try access.checkStanding(
                of: accepted, inviter: members.first { $0.userID == accepted.inviterID },
                roles: try await transaction.roles(of: organization, access))
            let member =
                if let known = members.first(where: { $0.userID == user }) {
                    known
                } else {
                    try await transaction.addMember(
                        user: user, organization: organization, role: accepted.role ?? "member", limit: rules.membershipLimit, at: now)
                }
            var teams: [String] = []
            if let teamRules = rules.teams, case .value(let joined) = found.teams {
                teams = joined.split(separator: ",").map(String.init)
                for team in teams {
                    _ = try await transaction.join(
                        user: user, team: team, organization: organization, limit: teamRules.maximumMembersPerTeam, at: now)
                }
            }
            if !session.isOfAPIKey {
                try await transaction.run(SessionStore.activation(of: organization, in: sessionID))
                if teams.count == 1, let team = teams.first {
                    try await transaction.run(SessionTeam.update { $0.activeTeamID.set(team) }.where { $0.id == sessionID })
                }
            }
            var acceptance = Acceptance(found: (accepted, found.teams), member: member, team: teams.count == 1 ? teams.first : nil)
            if hasProof {
                acceptance.verified = try await transaction.verify(user, owns: accepted.email, keeping: sessionID, at: now)
            }
            return acceptance
        }
        if acceptance.verified != nil { await events.record(.emailVerified, actor: session) }
        await events.record(.invitationAccepted, actor: session, subject: id, organization: acceptance.member.organizationID)
        return acceptance
    }

    func reject(_ id: String, by session: AuthSession, token: String?) async throws -> InvitationStore.Found {
        let missing = AuthError(.badRequest, .invitationNotFound, message: "Invitation not found!")
        guard let found = try await store.find(id: id), found.invitation.status == "pending" else { throw missing }
        try requireReceiver(of: found.invitation, session, token: token)
        guard let rejected = try await store.move(id, to: "rejected") else { throw missing }
        await events.record(.invitationRejected, actor: session, subject: id, organization: rejected.organizationID)
        return (rejected, found.teams)
    }

    func cancel(_ id: String, by session: AuthSession) async throws -> InvitationStore.Found {
        guard let found = try await store.find(id: id) else { throw AuthError(.badRequest, .invitationNotFound) }
        guard let member = try await members.find(user: session.user.id, organization: found.invitation.organizationID) else {
            throw AuthError(.badRequest, .memberNotFound)
        }
        guard try await access.allows(["invitation": ["cancel"]], member) else {
            throw AuthError(.forbidden, .youAreNotAllowedToCancelThisInvitation)
        }
        guard let canceled = try await store.move(id, to: "canceled") else { throw AuthError(.badRequest, .invitationNotFound) }
        await events.record(.invitationCanceled, actor: session, subject: id, organization: canceled.organizationID)
        return (canceled, found.teams)
    }

    /// Whether the token came in the invitation's mail.
    func proves(_ token: String?, _ invitation: Invitation) -> Bool {
        token.map { settings.invitationTokens.isValid($0, for: invitation) } ?? false
    }

    private func requireReceiver(of invitation: Invitation, _ session: AuthSession, token: String?) throws(AuthError) {
        guard invitation.email == session.user.email.lowercased() else {
            throw AuthError(.forbidden, .youAreNotTheRecipientOfTheInvitation)
        }
        guard session.user.emailVerified || !rules.requiresVerifiedEmail || proves(token, invitation) else {
            throw AuthError(.forbidden, .emailVerificationRequiredBeforeAcceptingOrRejectingInvitation)
        }
    }
}

extension PostgresTransaction {
    fileprivate func teams(of invitation: String, where hasTeams: Bool) async throws -> Patch<String> {
        guard hasTeams else { return .absent }
        let teams = try await first(InvitationTeams.from().where { $0.id == invitation })
        return teams?.teamID.map { .value($0) } ?? .null
    }

    /// Marks the user's address as verified, if it is still this one and was not. Whoever else signed in before that is signed out: it may have
    /// been somebody who does not read its mail.
    fileprivate func verify(_ user: String, owns email: String, keeping session: String, at now: Timestamp) async throws -> AuthUser? {
        let unverified = AuthUser.from().where { $0.id == user && $0.email == email && $0.emailVerified == false }
        guard try await first(unverified) != nil else { return nil }
        try await run(AuthSessionRecord.delete().where { $0.userID == user && $0.id != session })
        return try await first(
            AuthUser.update { row in
                row.emailVerified.set(true)
                row.updatedAt.set(now)
            }.where { $0.id == user && $0.email == email }.returning())
    }

    /// Whether an invitation may be to these teams.
    fileprivate func check(_ teams: [String], of organization: String, _ rules: TeamConfiguration) async throws {
        for team in teams {
            guard !team.contains(",") else { throw AuthError(.badRequest, .invalidTeamID) }
            let wanted = Team.from().where { row in
                row.id == team
                row.organizationID == organization
            }
            guard let found = try await first(wanted) else { throw AuthError(.badRequest, .teamNotFound) }
            if let limit = rules.maximumMembersPerTeam, found.memberCount >= limit {
                throw AuthError(.forbidden, .teamMemberLimitReached)
            }
        }
    }
}
