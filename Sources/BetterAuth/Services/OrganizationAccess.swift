import JSON
import Primitives

/// What roles allow in an organization: those of the configuration, and those it made for itself.
struct OrganizationAccess: Sendable {
    let settings: AuthSettings
    let members: MemberStore
    let roles: RoleStore

    private static let defaultNames: Set<String> = ["owner", "admin", "member"]

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
        guard hasCustomRoles else { return rules.access }
        var custom: [String: Permissions] = [:]
        for role in try await roles.all(of: organization) {
            guard let permissions = (try? JSONValue(parsing: role.permission)).flatMap(Permissions.init) else { continue }
            custom[role.role] = custom[role.role]?.union(permissions) ?? permissions
        }
        return rules.access.adding(statements: [:], roles: custom)
    }

    /// Those names that no role has.
    func unknown(_ names: [String], in organization: String) async throws -> [String] {
        let known = Self.defaultNames.union(rules.access.roles.keys)
        let missing = names.filter { !known.contains($0) }
        guard hasCustomRoles, !missing.isEmpty else { return missing }
        let custom = Set(try await roles.all(of: organization).map(\.role))
        return missing.filter { !custom.contains($0) }
    }

    func isFixed(_ name: String) -> Bool { rules.access.roles[name] != nil || Self.defaultNames.contains(name) }

    func isOwner(_ member: Member) -> Bool { member.hasRole(rules.creatorRole) }
}
