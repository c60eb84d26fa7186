import HTTPTypes
import TypedAPI

@Schema struct MemberOutput {
    var member: MemberProfileView
}

@Schema struct RemoveMemberInput {
    var memberIdOrEmail: String
    @Field("organizationId", .notNull) var organizationID: String?
}

/// `POST /organization/remove-member`
struct RemoveMember: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/organization/remove-member"
    let members: Members
    let reader: SessionReader

    func handle(_ input: RemoveMemberInput, _ call: inout AuthCall) async throws -> AuthReply<MemberOutput> {
        let session = try await call.requireSession(reader)
        guard let organization = input.organizationID ?? session.session.activeOrganizationID else {
            throw AuthError(.badRequest, .noActiveOrganization)
        }
        guard let caller = try await members.membership(userID: session.user.id, organizationID: organization) else {
            throw AuthError(.badRequest, .memberNotFound)
        }
        let (target, view) = try await find(input.memberIdOrEmail, in: organization)
        let access = members.access
        if access.isOwner(target), !access.isOwner(caller) {
            throw AuthError(.badRequest, .youCannotLeaveTheOrganizationAsTheOnlyOwner)
        }
        guard try await access.allows(["member": ["delete"]], caller) else {
            throw AuthError(.unauthorized, .youAreNotAllowedToDeleteThisMember)
        }
        try await members.remove(target)
        await members.events.record(.memberRemoved, actor: session, subject: target.userID, organization: organization)
        return .ok(MemberOutput(member: view))
    }

    private func find(_ wanted: String, in organization: String) async throws -> (Member, MemberProfileView) {
        if wanted.contains("@") {
            guard let profile = try await members.store.find(email: wanted.lowercased(), organization: organization) else {
                throw AuthError(.badRequest, .memberNotFound)
            }
            return (profile.member, MemberProfileView(profile))
        }
        guard let member = try await members.store.find(id: wanted), member.organizationID == organization else {
            throw AuthError(.badRequest, .memberNotFound)
        }
        return (member, MemberProfileView(member))
    }
}

@Schema struct UpdateMemberRoleInput {
    var role: OneOrMany
    @Field("memberId") var memberID: String
    @Field("organizationId", .notNull) var organizationID: String?
}

/// `POST /organization/update-member-role`: only owners touch owners, and only they make them.
struct UpdateMemberRole: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/organization/update-member-role"
    let members: Members
    let reader: SessionReader

    func handle(_ input: UpdateMemberRoleInput, _ call: inout AuthCall) async throws -> AuthReply<MemberView> {
        let roles = input.role.list
        let session = try await call.requireSession(reader)
        guard !roles.isEmpty else { throw AuthError.empty(.badRequest) }
        guard let organization = input.organizationID ?? session.session.activeOrganizationID else {
            throw AuthError(.badRequest, .noActiveOrganization)
        }
        guard let caller = try await members.membership(userID: session.user.id, organizationID: organization),
            let target = try await members.store.find(id: input.memberID)
        else { throw AuthError(.badRequest, .memberNotFound) }
        let access = members.access
        let owner = access.rules.creatorRole
        guard target.organizationID == organization, access.isOwner(caller) || !(access.isOwner(target) || roles.contains(owner)) else {
            throw AuthError(.forbidden, .youAreNotAllowedToUpdateThisMember)
        }
        let mayUpdate = try await access.allows(["member": ["update"]], caller)
        guard access.isOwner(caller) || mayUpdate else {
            throw AuthError(.forbidden, .youAreNotAllowedToUpdateThisMember)
        }
        let unknown = try await access.unknown(roles, in: organization)
        guard unknown.isEmpty else {
            throw AuthError(.badRequest, .roleNotFound, message: "ROLE_NOT_FOUND: \(unknown.joined(separator: ", "))")
        }
        // Who only takes roles away gives nothing.
        let given = roles.filter { !target.hasRole($0) }
        guard access.mayGive(given, caller, try await access.control(of: organization)) else {
            throw AuthError(.forbidden, .youAreNotAllowedToUpdateThisMember)
        }
        let changed = try await members.setRoles(roles, of: target)
        await members.events.record(.memberRoleChanged, actor: session, subject: target.userID, organization: organization)
        return .ok(MemberView(changed))
    }
}

@Schema struct LeaveOrganizationInput {
    @Field("organizationId") var organizationID: String
}

/// `POST /organization/leave`
struct LeaveOrganization: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/organization/leave"
    let members: Members
    let organizations: Organizations
    let reader: SessionReader

    func handle(_ input: LeaveOrganizationInput, _ call: inout AuthCall) async throws -> AuthReply<MemberProfileView> {
        let session = try await call.requireSession(reader)
        guard let member = try await members.membership(userID: session.user.id, organizationID: input.organizationID) else {
            throw AuthError(.badRequest, .memberNotFound)
        }
        try await members.remove(member)
        if session.session.activeOrganizationID == input.organizationID { try await organizations.activate(nil, in: session) }
        await members.events.record(.memberLeft, actor: session, organization: input.organizationID)
        let user = session.user
        return .ok(MemberProfileView(MemberProfile(member: member, name: user.name, email: user.email, image: user.image)))
    }
}
