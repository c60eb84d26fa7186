/// What the person does whom an invitation was sent to.
extension Invitations {
    /// An open invitation, as its receiver may see it.
    ///
    /// - Parameter token: Of the invitation's mail, in place of a verified address.
    /// - Throws: ``AuthError``: 403 `YOU_ARE_NOT_THE_RECIPIENT_OF_THE_INVITATION`, or one without a code when there is no such invitation, it was
    ///   answered, or it has expired.
    public func find(id: String, for session: AuthSession, token: String? = nil) async throws -> ShownInvitation {
        try await shown(id, to: session, token: token).shown
    }

    /// Makes the receiver a member, and the organization the session's active one.
    ///
    /// - Parameter token: Of the invitation's mail. It stands for a verified address, and verifies it.
    /// - Throws: ``AuthError`` with the contract's code; nothing has changed then.
    public func accept(id: String, by session: AuthSession, token: String? = nil) async throws -> Member {
        try await accept(id, by: session, token: token).member
    }

    /// - Parameter token: Of the invitation's mail, in place of a verified address.
    /// - Throws: ``AuthError`` with the contract's code.
    public func reject(id: String, by session: AuthSession, token: String? = nil) async throws {
        _ = try await reject(id, by: session, token: token)
    }

    func shown(
        _ id: String, to session: AuthSession, token: String?
    ) async throws -> (found: InvitationStore.Found, shown: ShownInvitation) {
        guard let found = try await store.find(id: id), found.invitation.status == "pending", found.invitation.expiresAt > settings.now
        else { throw AuthError.uncoded(.badRequest, "Invitation not found!") }
        let invitation = found.invitation
        guard invitation.email == session.user.email.lowercased() else {
            throw AuthError(.forbidden, .youAreNotTheRecipientOfTheInvitation)
        }
        guard session.user.emailVerified || !access.rules.requiresVerifiedEmail || proves(token, invitation) else {
            throw AuthError(.forbidden, .emailVerificationRequiredForInvitation)
        }
        guard let organization = try await organizations.find(id: invitation.organizationID) else {
            throw AuthError(.badRequest, .organizationNotFound)
        }
        try access.checkStanding(
            of: invitation, inviter: try await members.find(user: invitation.inviterID, organization: organization.id),
            roles: access.hasCustomRoles ? try await access.roles.all(of: organization.id) : [])
        guard let inviter = try await users.find(id: invitation.inviterID) else {
            throw AuthError(.badRequest, .inviterIsNoLongerAMemberOfTheOrganization)
        }
        return (found, ShownInvitation(invitation: invitation, organization: organization, inviter: inviter))
    }
}

/// An invitation with what it is about.
public struct ShownInvitation: Hashable, Sendable {
    public var invitation: Invitation
    public var organization: Organization
    public var inviter: AuthUser
}
