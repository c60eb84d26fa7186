public struct OrganizationConfiguration: Sendable {
    /// Statements and roles; extend ``AccessControl/organizationDefault`` for one's own resources.
    public var access = AccessControl.organizationDefault
    /// The role of whoever creates an organization.
    public var creatorRole = "owner"
    public var usersMayCreate = true
    public var deletionIsEnabled = true
    /// Memberships a user may have before creating another is refused; nil is unlimited.
    public var organizationLimit: Int?
    /// Members an organization may have, and the page size of member lists.
    public var membershipLimit = 100
    /// Invitations of one organization that may be open at once.
    public var invitationLimit = 100
    public var invitationExpiresIn: Duration = .seconds(172_800)
    /// Whether inviting somebody again replaces the open invitation instead of being refused.
    public var cancelsPendingOnReinvite = false
    /// Whether an invitation is shown to its receiver, accepted and rejected only with a verified address, or with the token of the invitation's
    /// own mail, which verifies it. better-auth's default rests on the secrecy of the invitation's id, which every member can read.
    public var requiresVerifiedEmail = false
    /// Who sees the pending invitations of an organization, with their ids and addresses. better-auth shows them to every member.
    public var pendingInvitationAudience = InvitationAudience.members
    /// Whether whoever invites somebody, or gives a member a role, must be allowed all that the role allows. better-auth asks that of nobody and
    /// keeps only the creator's role to those who have it. With it, `member` is still given by all who may invite.
    public var limitsRolesToGiver = false
    /// nil switches teams off.
    public var teams: TeamConfiguration?
    /// Roles that organizations make for themselves; nil switches them off.
    public var customRoles: CustomRoleConfiguration?

    public init() {}
}

/// Which members of an organization see its pending invitations.
public enum InvitationAudience: Sendable {
    case members
    /// Those whose role grants `invitation: create`.
    case inviters
}

public struct TeamConfiguration: Sendable {
    public var maximumTeams: Int?
    public var maximumMembersPerTeam: Int?
    public var allowsRemovingAll = false
    /// Whether an organization begins with a team of its name.
    public var makesDefaultTeam = true

    public init() {}
}

public struct CustomRoleConfiguration: Sendable {
    public var maximumPerOrganization: Int?

    public init() {}
}

public struct AdminConfiguration: Sendable {
    /// Whether `/admin/…` exists.
    public var isEnabled = true
    public var access = AccessControl.adminDefault
    /// Users with one of these roles are protected from impersonation.
    public var adminRoles = ["admin"]
    /// May do everything, whatever their role.
    public var adminUserIDs: Set<String> = []
    public var impersonationLasts: Duration = .seconds(3600)
    public var allowsImpersonatingAdmins = false
    public var defaultBanReason = "No reason"
    /// nil bans without end.
    public var defaultBanLasts: Duration?
    public var bannedMessage: String?

    public init() {}
}
