import JSON
import Primitives

/// What roles allow in an organization: those of the configuration, and those it made for itself.
struct OrganizationAccess: Sendable {
    let settings: AuthSettings
    let members: MemberStore
    let roles: RoleStore

    private static let defaultNames: Set<String> = ["owner", "admin", "member"]

    /// What everybody may give who may invite at all.
    private static let freeRole = "member"

    var rules: OrganizationConfiguration { settings.configuration.organizations }
    var hasCustomRoles: Bool { rules.customRoles != nil }

    /// Whether one of the member's roles grants all that is asked. Roles an organization made are united with a fixed one of their name.
    func allows(_ request: Permissions, _ member: Member) async throws -> Bool {
        try await control(of: member.organizationID).allows(role: member.role, request)
    }

    /// The union of what the member's roles allow.
    func permissions(of member: Member) async throws -> Permissions {
        let roles = member.roles
        let areFixed = roles.allSatisfy { rules.access.roles[$0] != nil }
        let control = areFixed ? rules.access : try await control(of: member.organizationID)
        return roles.reduce(Permissions()) { $0.union(control.roles[$1] ?? Permissions()) }
    }

    /// All roles that count in an organization.
    func control(of organization: String) async throws -> AccessControl {
        hasCustomRoles ? control(with: try await roles.all(of: organization)) : rules.access
    }

    /// The same, where the organization's own roles are at hand.
    func control(with roles: [OrganizationRole]) -> AccessControl {
        guard hasCustomRoles else { return rules.access }
        var custom: [String: Permissions] = [:]
        for role in roles.withoutTwins {
            guard let permissions = (try? JSONValue(parsing: role.permission)).flatMap(Permissions.init) else { continue }
            custom[role.role] = permissions
        }
        return rules.access.adding(statements: [:], roles: custom)
    }

    /// Those names that no role has.
    func unknown(_ names: [String], in organization: String) async throws -> [String] {
        let missing = names.filter { !isFixed($0) }
        guard hasCustomRoles, !missing.isEmpty else { return missing }
        return unknown(missing, with: try await roles.all(of: organization))
    }

    /// The same, where the organization's own roles are at hand.
    func unknown(_ names: [String], with roles: [OrganizationRole]) -> [String] {
        let custom = Set(hasCustomRoles ? roles.map(\.role) : [])
        return names.filter { !isFixed($0) && !custom.contains($0) }
    }

    /// Refuses an invitation that could not be sent as it is any more.
    ///
    /// - Parameter inviter: Who sent it, as a member of the organization; nil for one who has left.
    /// - Throws: ``AuthError`` 400 `INVITER_IS_NO_LONGER_A_MEMBER_OF_THE_ORGANIZATION`, 403
    ///   `YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE`, 400 `ROLE_NOT_FOUND`.
    func checkStanding(of invitation: Invitation, inviter: Member?, roles: [OrganizationRole]) throws(AuthError) {
        guard let inviter else { throw AuthError(.badRequest, .inviterIsNoLongerAMemberOfTheOrganization) }
        let offered = (invitation.role ?? "member").split(separator: ",").map(String.init)
        let control = control(with: roles)
        let mayInvite = control.allows(role: inviter.role, ["invitation": ["create"]])
        guard mayInvite, isOwner(inviter) || !offered.contains(rules.creatorRole), mayGive(offered, inviter, control) else {
            throw AuthError(
                .forbidden, .youAreNotAllowedToInviteUserWithThisRole, message: "The inviter is no longer allowed to give this role")
        }
        let unknown = unknown(offered, with: roles)
        guard unknown.isEmpty else {
            throw AuthError(.badRequest, .roleNotFound, message: "ROLE_NOT_FOUND: \(unknown.joined(separator: ", "))")
        }
    }

    /// Whether a member is allowed all that these roles allow, where givers must be.
    func mayGive(_ names: [String], _ giver: Member, _ control: AccessControl) -> Bool {
        guard rules.limitsRolesToGiver, !isOwner(giver) else { return true }
        return names.allSatisfy { name in
            name == Self.freeRole
                || (control.roles[name]?.entries ?? []).allSatisfy { entry in
                    entry.actions.allSatisfy { control.allows(role: giver.role, [entry.resource: [$0]]) }
                }
        }
    }

    /// Whether a member sees the organization's pending invitations.
    func seesPendingInvitations(_ member: Member) async throws -> Bool {
        switch rules.pendingInvitationAudience {
        case .members: true
        case .inviters: try await allows(["invitation": ["create"]], member)
        }
    }

    func isFixed(_ name: String) -> Bool { rules.access.roles[name] != nil || Self.defaultNames.contains(name) }

    func isOwner(_ member: Member) -> Bool { member.hasRole(rules.creatorRole) }
}
