import JSON
import PostgresClient
import Primitives
import TypedSQL

/// Roles that organizations make for themselves. Nobody can give what they do not have.
struct CustomRoles: Sendable {
    let settings: AuthSettings
    let database: PostgresPool
    let store: RoleStore
    let members: MemberStore
    let access: OrganizationAccess
    let events: AuthEvents
    let rules: CustomRoleConfiguration

    func create(
        _ rawName: String, _ permission: Permissions, organization given: String?, by session: AuthSession
    ) async throws -> OrganizationRole {
        guard let organization = given ?? session.session.activeOrganizationID else {
            throw AuthError(.badRequest, .youMustBeInAnOrganizationToCreateARole)
        }
        let name = try check(name: rawName)
        guard !access.isFixed(name) else { throw AuthError(.badRequest, .roleNameIsAlreadyTaken) }
        let member = try await member(session, organization)
        guard try await access.allows(["ac": ["create"]], member) else { throw AuthError(.forbidden, .youAreNotAllowedToCreateARole) }
        let limit = rules.maximumPerOrganization
        if let limit, try await store.all(of: organization).count >= limit { throw AuthError(.badRequest, .tooManyRoles) }
        try await check(permission, for: member, .youAreNotAllowedToCreateARole)
        let role = OrganizationRole(
            id: Identifiers.row(), organizationID: organization, role: name, permission: permission.json.text(), createdAt: settings.now)
        try await database.withTransaction { transaction in
            try await transaction.lock(organization: organization)
            let existing = try await transaction.all(RoleStore.all(of: organization))
            guard !existing.contains(where: { $0.role == name }) else { throw AuthError(.badRequest, .roleNameIsAlreadyTaken) }
            if let limit, existing.count >= limit { throw AuthError(.badRequest, .tooManyRoles) }
            try await transaction.insert(role)
        }
        await events.record(.roleCreated, actor: session, subject: role.id, organization: organization)
        return role
    }

    func update(
        name: String?, id: String?, newName: String?, permission: Permissions?, organization given: String?, by session: AuthSession
    ) async throws -> OrganizationRole {
        let organization = try organization(given, session)
        let member = try await member(session, organization)
        guard try await access.allows(["ac": ["update"]], member) else { throw AuthError(.forbidden, .youAreNotAllowedToUpdateARole) }
        guard try await store.find(name: name, id: id, organization: organization) != nil else {
            throw AuthError(.badRequest, .roleNotFound)
        }
        if let permission { try await check(permission, for: member, .youAreNotAllowedToUpdateARole) }
        let newName = try newName.map { given throws(AuthError) in try check(name: given) }
        let now = settings.now
        let changed = try await database.withTransaction { transaction in
            try await transaction.lock(organization: organization)
            let wanted = RoleStore.selection(name: name, id: id, organization: organization)
            guard var role = try await transaction.first(wanted) else { throw AuthError(.badRequest, .roleNotFound) }
            let oldName = role.role
            if let permission { role.permission = permission.json.text() }
            if let newName, newName != oldName {
                let namesakes = RoleStore.selection(name: newName, id: nil, organization: organization)
                let isTaken = try await transaction.first(namesakes) != nil
                guard !access.isFixed(newName), !isTaken else { throw AuthError(.badRequest, .roleNameIsAlreadyTaken) }
                role.role = newName
            }
            role.updatedAt = now
            let changed = try await transaction.write(role, was: oldName)
            if changed.role != oldName { try await transaction.renameRole(oldName, to: changed.role, of: organization) }
            return changed
        }
        await events.record(.roleUpdated, actor: session, subject: changed.id, organization: organization)
        return changed
    }

    func delete(name: String?, id: String?, organization given: String?, by session: AuthSession) async throws {
        let organization = try organization(given, session)
        let member = try await member(session, organization)
        guard try await access.allows(["ac": ["delete"]], member) else { throw AuthError(.forbidden, .youAreNotAllowedToDeleteARole) }
        if let name, access.isFixed(name.lowercased()) { throw AuthError(.badRequest, .cannotDeleteAPreDefinedRole) }
        let deleted = try await database.withTransaction { transaction in
            try await transaction.lock(organization: organization)
            let wanted = RoleStore.selection(name: name, id: id, organization: organization)
            guard let role = try await transaction.first(wanted) else { throw AuthError(.badRequest, .roleNotFound) }
            guard try await !transaction.isAssigned(role: role.role, of: organization) else {
                throw AuthError(.badRequest, .roleIsAssignedToMembers)
            }
            try await transaction.deleteRoles(named: role.role, of: organization)
            return role
        }
        await events.record(.roleDeleted, actor: session, subject: deleted.id, organization: organization)
    }

    func list(organization given: String?, for session: AuthSession) async throws -> [OrganizationRole] {
        let organization = try organization(given, session)
        let member = try await member(session, organization)
        guard try await access.allows(["ac": ["read"]], member) else { throw AuthError(.forbidden, .youAreNotAllowedToListARole) }
        return try await store.all(of: organization).withoutTwins
    }

    func get(name: String?, id: String?, organization given: String?, for session: AuthSession) async throws -> OrganizationRole {
        let organization = try organization(given, session)
        let member = try await member(session, organization)
        guard try await access.allows(["ac": ["read"]], member) else { throw AuthError(.forbidden, .youAreNotAllowedToReadARole) }
        guard let role = try await store.find(name: name, id: id, organization: organization) else {
            throw AuthError(.badRequest, .roleNotFound)
        }
        return role
    }

    private func organization(_ given: String?, _ session: AuthSession) throws(AuthError) -> String {
        guard let id = given ?? session.session.activeOrganizationID else { throw AuthError(.badRequest, .noActiveOrganization) }
        return id
    }

    private func member(_ session: AuthSession, _ organization: String) async throws -> Member {
        guard let member = try await members.find(user: session.user.id, organization: organization) else {
            throw AuthError(.forbidden, .youAreNotAMemberOfThisOrganization)
        }
        return member
    }

    /// A comma would make two roles of one in the column of a member.
    private func check(name: String) throws(AuthError) -> String {
        let name = name.lowercased()
        guard (1...64).contains(name.utf8.count), !name.contains(","), !name.contains(where: \.isWhitespace) else {
            throw AuthError.uncoded(.badRequest, "A role's name has 1 to 64 characters, without commas and blanks")
        }
        return name
    }

    /// Every resource must exist, and the caller must have, pair by pair, what the role is to give.
    private func check(_ permission: Permissions, for member: Member, _ code: AuthErrorCode) async throws {
        let control = try await access.control(of: member.organizationID)
        guard permission.entries.allSatisfy({ control.statements[$0.resource] != nil }) else {
            throw AuthError(.badRequest, .invalidResource)
        }
        var missing: [JSONValue] = []
        for entry in permission.entries {
            for action in entry.actions where !control.allows(role: member.role, [entry.resource: [action]]) {
                missing.append(.string("\(entry.resource):\(action)"))
            }
        }
        guard missing.isEmpty else { throw AuthError(.forbidden, code, extra: ["missingPermissions": .array(missing)]) }
    }
}
