import HTTPTypes
import JSON
import TypedAPI

@Schema struct CreateRoleInput {
    var role: String
    var permission: [String: [String]]
    @Field("organizationId", .notNull) var organizationID: String?
}

@Schema struct CreateRoleOutput {
    var success: Bool = true
    var roleData: RoleView
    var statements: JSONObject
}

/// `POST /organization/create-role`
struct CreateRole: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/organization/create-role"
    let roles: CustomRoles
    let reader: SessionReader

    func handle(_ input: CreateRoleInput, _ call: inout AuthCall) async throws -> AuthReply<CreateRoleOutput> {
        let session = try await call.requireSession(reader)
        let permission = Permissions(input.permission)
        let role = try await roles.create(input.role, permission, organization: input.organizationID, by: session)
        return .ok(CreateRoleOutput(roleData: RoleView(role), statements: permission.json.object ?? [:]))
    }
}

@Schema struct UpdateRoleInput {
    @Schema(name: "RoleChange") struct Change {
        @Field(.notNull) var permission: [String: [String]]?
        @Field(.notNull) var roleName: String?
    }

    @Field(.notNull) var roleName: String?
    @Field("roleId", .notNull) var roleID: String?
    var data: Change
    @Field("organizationId", .notNull) var organizationID: String?
}

@Schema struct UpdateRoleOutput {
    var success: Bool = true
    var roleData: RoleView
}

/// `POST /organization/update-role`
struct UpdateRole: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/organization/update-role"
    let roles: CustomRoles
    let reader: SessionReader

    func handle(_ input: UpdateRoleInput, _ call: inout AuthCall) async throws -> AuthReply<UpdateRoleOutput> {
        try RoleSelection.check(input.roleName, input.roleID, "body")
        let session = try await call.requireSession(reader)
        let role = try await roles.update(
            name: input.roleName, id: input.roleID, newName: input.data.roleName, permission: input.data.permission.map(Permissions.init),
            organization: input.organizationID, by: session)
        return .ok(UpdateRoleOutput(roleData: RoleView(role)))
    }
}

@Schema struct DeleteRoleInput {
    @Field(.notNull) var roleName: String?
    @Field("roleId", .notNull) var roleID: String?
    @Field("organizationId", .notNull) var organizationID: String?
}

/// `POST /organization/delete-role`
struct DeleteRole: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/organization/delete-role"
    let roles: CustomRoles
    let reader: SessionReader

    func handle(_ input: DeleteRoleInput, _ call: inout AuthCall) async throws -> AuthReply<SuccessOutput> {
        try RoleSelection.check(input.roleName, input.roleID, "body")
        let session = try await call.requireSession(reader)
        try await roles.delete(name: input.roleName, id: input.roleID, organization: input.organizationID, by: session)
        return .ok(SuccessOutput())
    }
}

@Schema struct ListRolesInput {
    @Field("organizationId", .notNull) var organizationID: String?
}

/// `GET /organization/list-roles`: those the organization made.
struct ListRoles: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/organization/list-roles"
    let roles: CustomRoles
    let reader: SessionReader

    func handle(_ input: ListRolesInput, _ call: inout AuthCall) async throws -> AuthReply<[RoleView]> {
        let session = try await call.requireSession(reader)
        return .ok(try await roles.list(organization: input.organizationID, for: session).map(RoleView.init))
    }
}

/// `GET /organization/get-role`
struct GetRole: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/organization/get-role"
    let roles: CustomRoles
    let reader: SessionReader

    func handle(_ input: DeleteRoleInput, _ call: inout AuthCall) async throws -> AuthReply<RoleView> {
        try RoleSelection.check(input.roleName, input.roleID, "query")
        let session = try await call.requireSession(reader)
        return .ok(
            RoleView(try await roles.get(name: input.roleName, id: input.roleID, organization: input.organizationID, for: session)))
    }
}

enum RoleSelection {
    /// A role is named by its name or its id.
    static func check(_ name: String?, _ id: String?, _ place: String) throws(AuthError) {
        guard name != nil || id != nil else { throw AuthError(.badRequest, .validation, message: "[\(place)] Invalid input") }
    }
}
