/// Which role of an organization may do what: the resources with their actions, and the roles over them.
public struct AccessControl: Sendable {
    /// Every resource and action that exists.
    public var statements: Permissions
    /// What each role may do, by the role's name.
    public var roles: [String: Permissions]

    public init(statements: Permissions, roles: [String: Permissions]) {
        self.statements = statements
        self.roles = roles
    }

    /// Whether a member with this `role` column may do all that is asked.
    ///
    /// The column is a comma-joined list. One single role must grant the whole request; roles are not united.
    public func allows(role: String, _ request: Permissions) -> Bool {
        role.split(separator: ",").contains { name in
            roles[String(name)]?.grants(request) ?? false
        }
    }

    /// The same rules with more resources and more permissions for some roles.
    public func adding(statements: Permissions, roles: [String: Permissions]) -> AccessControl {
        AccessControl(
            statements: self.statements.union(statements),
            roles: self.roles.merging(roles) { $0.union($1) }
        )
    }

    /// better-auth's own statements with its roles owner, admin and member.
    public static let organizationDefault: AccessControl = {
        let everything: Permissions = [
            "organization": ["update", "delete"],
            "member": ["create", "update", "delete"],
            "invitation": ["create", "cancel"],
            "team": ["create", "update", "delete"],
            "ac": ["create", "read", "update", "delete"],
        ]
        let admin: Permissions = [
            "organization": ["update"],
            "member": ["create", "update", "delete"],
            "invitation": ["create", "cancel"],
            "team": ["create", "update", "delete"],
            "ac": ["create", "read", "update", "delete"],
        ]
        return AccessControl(statements: everything, roles: ["owner": everything, "admin": admin, "member": ["ac": ["read"]]])
    }()

    /// better-auth's statements for administrators of users, with its roles admin and user.
    public static let adminDefault: AccessControl = {
        let session = ["list", "revoke", "delete"]
        let user = ["create", "list", "set-role", "ban", "impersonate", "delete", "set-password", "set-email", "get", "update"]
        return AccessControl(
            statements: ["user": user + ["impersonate-admins"], "session": session],
            roles: ["admin": ["user": user, "session": session], "user": [:]])
    }()
}
