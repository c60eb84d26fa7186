import HTTPTypes
import TypedAPI

/// `GET /organization/get-active-member`: the caller in the active organization.
struct GetActiveMember: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/organization/get-active-member"
    let members: Members
    let reader: SessionReader

    func handle(_ input: NoInput, _ call: inout AuthCall) async throws -> AuthReply<MemberProfileView> {
        let session = try await call.requireSession(reader)
        guard let organization = session.session.activeOrganizationID else { throw AuthError(.badRequest, .noActiveOrganization) }
        guard let member = try await members.membership(userID: session.user.id, organizationID: organization) else {
            throw AuthError(.badRequest, .memberNotFound)
        }
        let user = session.user
        return .ok(MemberProfileView(MemberProfile(member: member, name: user.name, email: user.email, image: user.image)))
    }
}

@Schema struct GetActiveMemberRoleInput {
    @Field("userId", .notNull) var userID: String?
    @Field("organizationId", .notNull) var organizationID: String?
    @Field(.notNull) var organizationSlug: String?
}

@Schema struct RoleNameOutput {
    var role: String
}

/// `GET /organization/get-active-member-role`
struct GetActiveMemberRole: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/organization/get-active-member-role"
    let members: Members
    let organizations: Organizations
    let reader: SessionReader

    func handle(_ input: GetActiveMemberRoleInput, _ call: inout AuthCall) async throws -> AuthReply<RoleNameOutput> {
        let session = try await call.requireSession(reader)
        let organization = try await organizations.memberOrganization(
            id: input.organizationID, slug: input.organizationSlug, for: session)
        let user = input.userID ?? session.user.id
        guard let member = try await members.membership(userID: user, organizationID: organization) else {
            throw AuthError(.forbidden, .youAreNotAMemberOfThisOrganization)
        }
        return .ok(RoleNameOutput(role: member.role))
    }
}

@Schema struct ListMembersInput {
    @Field(.notNull, .range(0...)) var limit: Int?
    @Field(.notNull, .range(0...)) var offset: Int?
    @Field(.notNull) var sortBy: String?
    @Field(.notNull, .oneOf("asc", "desc")) var sortDirection: String?
    @Field(.notNull) var filterField: String?
    // `filterValue` may be repeated, so it is read from the query as it came.
    @Field(.notNull) var filterOperator: String?
    @Field("organizationId", .notNull) var organizationID: String?
    @Field(.notNull) var organizationSlug: String?
}

@Schema struct ListMembersOutput {
    var members: [MemberProfileView]
    var total: Int
}

/// `GET /organization/list-members`: a page, filtered and sorted by the member's own columns.
struct ListMembers: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/organization/list-members"
    let members: Members
    let organizations: Organizations
    let reader: SessionReader

    func handle(_ input: ListMembersInput, _ call: inout AuthCall) async throws -> AuthReply<ListMembersOutput> {
        let filter = try ListFilter<MemberColumn>(
            field: input.filterField, operator: input.filterOperator, values: call.query.all("filterValue"))
        let order = try ListOrder<MemberColumn>(field: input.sortBy, direction: input.sortDirection)
        let session = try await call.requireSession(reader)
        let organization = try await organizations.memberOrganization(
            id: input.organizationID, slug: input.organizationSlug, for: session)
        let page = try await members.store.page(
            of: organization, filter: filter, order: order, limit: min(input.limit ?? members.access.rules.membershipLimit, 1000),
            offset: input.offset ?? 0)
        return .ok(ListMembersOutput(members: page.members.map { MemberProfileView($0) }, total: page.total))
    }
}

extension Organizations {
    /// The organization that a member's question is about: by slug, by id, or the active one. Others are refused.
    func memberOrganization(id: String?, slug: String?, for session: AuthSession) async throws -> String {
        var wanted = id ?? session.session.activeOrganizationID
        if let slug {
            guard let found = try await store.find(slug: slug) else { throw AuthError(.badRequest, .organizationNotFound) }
            wanted = found.id
        }
        guard let wanted else { throw AuthError(.badRequest, .noActiveOrganization) }
        guard try await members.find(user: session.user.id, organization: wanted) != nil else {
            throw AuthError(.forbidden, .youAreNotAMemberOfThisOrganization)
        }
        return wanted
    }
}
