import HTTPTypes
import TypedAPI

@Schema struct GetFullOrganizationInput {
    @Field("organizationId", .notNull) var organizationID: String?
    @Field(.notNull) var organizationSlug: String?
    @Field(.notNull, .range(0...)) var membersLimit: Int?
}

/// `GET /organization/get-full-organization`: an organization with its members, invitations and teams.
struct GetFullOrganization: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/organization/get-full-organization"
    let organizations: Organizations
    let invitations: InvitationStore
    /// nil where there are none.
    let teams: TeamStore?
    let reader: SessionReader

    func handle(_ input: GetFullOrganizationInput, _ call: inout AuthCall) async throws -> AuthReply<FullOrganizationView> {
        let session = try await call.requireSession(reader)
        let found = try await organizations.resolve(id: input.organizationID, slug: input.organizationSlug, for: session)
        guard let (organization, member) = found else { return .null() }
        let access = organizations.access
        let limit = min(input.membersLimit ?? access.rules.membershipLimit, 1000)
        let members = try await organizations.members.page(of: organization.id, filter: nil, order: nil, limit: limit, offset: 0).members
        let invited = try await invitations.page(
            of: organization.id, showsPending: try await access.seesPendingInvitations(member), InvitationPage(access.rules),
            at: organizations.settings.now)
        return .ok(
            FullOrganizationView(
                organization, invitations: invited.map { InvitationView($0.invitation, team: $0.teams) },
                members: members.map { MemberProfileView($0) }, teams: try await teams?.all(of: organization.id).map(CountedTeamView.init)))
    }
}
