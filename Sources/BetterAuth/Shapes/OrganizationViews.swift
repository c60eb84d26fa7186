import JSON
import Primitives
import TypedAPI

/// An organization as reads give it: the metadata is the stored text.
@Schema(name: "Organization") struct OrganizationView {
    var name: String
    var slug: String
    var logo: String?
    var createdAt: Timestamp
    var metadata: String?
    var id: String

    init(_ organization: Organization) {
        name = organization.name
        slug = organization.slug
        logo = organization.logo
        createdAt = organization.createdAt
        metadata = organization.metadata
        id = organization.id
    }
}

/// An organization as writes give it: the metadata is an object, or left out. A difference that better-auth clients know.
@Schema(name: "WrittenOrganization") struct WrittenOrganizationView {
    var name: String
    var slug: String
    var logo: String?
    var createdAt: Timestamp
    @Field(.omitNil) var metadata: JSONObject?
    var id: String
    /// Only when it was just made.
    @Field(.omitNil) var members: [MemberView]?

    init(_ organization: Organization, members: [MemberView]? = nil) {
        name = organization.name
        slug = organization.slug
        logo = organization.logo
        createdAt = organization.createdAt
        metadata = organization.metadata.flatMap { try? JSONValue(parsing: $0) }?.object
        id = organization.id
        self.members = members
    }
}

/// An organization with who belongs to it.
@Schema(name: "FullOrganization") struct FullOrganizationView {
    var name: String
    var slug: String
    var logo: String?
    var createdAt: Timestamp
    var metadata: String?
    var id: String
    var invitations: [InvitationView]
    var members: [MemberProfileView]
    /// Only where teams are enabled.
    @Field(.omitNil) var teams: [CountedTeamView]?

    init(_ organization: Organization, invitations: [InvitationView], members: [MemberProfileView], teams: [CountedTeamView]?) {
        name = organization.name
        slug = organization.slug
        logo = organization.logo
        createdAt = organization.createdAt
        metadata = organization.metadata
        id = organization.id
        self.invitations = invitations
        self.members = members
        self.teams = teams
    }
}

@Schema(name: "Member") struct MemberView {
    @Field("organizationId") var organizationID: String
    @Field("userId") var userID: String
    var role: String
    var createdAt: Timestamp
    var id: String

    init(_ member: Member) {
        organizationID = member.organizationID
        userID = member.userID
        role = member.role
        createdAt = member.createdAt
        id = member.id
    }
}

/// A member with what others may see of the user.
@Schema(name: "MemberProfile") struct MemberProfileView {
    @Field("organizationId") var organizationID: String
    @Field("userId") var userID: String
    var role: String
    var createdAt: Timestamp
    var id: String
    /// Left out where the contract shows the bare member.
    @Field(.omitNil) var user: ProfileView?

    init(_ profile: MemberProfile) {
        self.init(profile.member)
        user = ProfileView(id: profile.member.userID, name: profile.name, email: profile.email, image: profile.image)
    }

    init(_ member: Member) {
        organizationID = member.organizationID
        userID = member.userID
        role = member.role
        createdAt = member.createdAt
        id = member.id
    }
}

@Schema(name: "Invitation") struct InvitationView {
    @Field("organizationId") var organizationID: String
    var email: String
    var role: String?
    /// Comma-joined; only where teams are enabled.
    @Field("teamId") var teamID: Patch<String>
    var status: String
    var expiresAt: Timestamp
    var createdAt: Timestamp
    @Field("inviterId") var inviterID: String
    var id: String
    /// What the invited person is shown besides.
    @Field(.omitNil) var organizationName: String?
    @Field(.omitNil) var organizationSlug: String?
    @Field(.omitNil) var inviterEmail: String?

    /// - Parameter team: `.absent` where there are no teams.
    init(_ invitation: Invitation, team: Patch<String>) {
        organizationID = invitation.organizationID
        email = invitation.email
        role = invitation.role
        teamID = team
        status = invitation.status
        expiresAt = invitation.expiresAt
        createdAt = invitation.createdAt
        inviterID = invitation.inviterID
        id = invitation.id
    }
}
