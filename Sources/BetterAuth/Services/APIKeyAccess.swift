import Primitives

/// What a signed-in user may do with API keys: one's own freely, an organization's by role.
struct APIKeyAccess: Sendable {
    enum Action: String, Sendable { case create, read, update, delete }

    let settings: AuthSettings
    let keys: APIKeys
    let members: Members

    /// Refuses users without the permission in the organization. The creator's role has it always.
    func check(_ action: Action, by session: AuthSession, in organization: String) async throws {
        guard let member = try await members.membership(userID: session.user.id, organizationID: organization) else {
            throw AuthError(.forbidden, .apiKeyNotAMember)
        }
        if member.hasRole(settings.configuration.organizations.creatorRole) { return }
        guard try await members.allows(["apiKey": [action.rawValue]], member) else {
            throw AuthError(.forbidden, .apiKeyInsufficientPermissions)
        }
    }

    /// Refuses to show a new secret of an organization's key to a member who may do less than the key.
    func checkHolder(of record: APIKeyRecord, _ configuration: APIKeyConfiguration, _ session: AuthSession) async throws {
        guard configuration.owner == .organization, let permissions = record.permissions, !permissions.isEmpty else { return }
        guard let member = try await members.membership(userID: session.user.id, organizationID: record.referenceID) else {
            throw AuthError(.forbidden, .apiKeyNotAMember)
        }
        if member.hasRole(settings.configuration.organizations.creatorRole) { return }
        guard try await members.allows(permissions, member) else { throw AuthError(.forbidden, .apiKeyInsufficientPermissions) }
    }

    /// The key of that id and kind, if the user may do that with it. A key of another user does not exist for this one.
    func key(
        _ id: String, configID: String?, for session: AuthSession, to action: Action
    ) async throws -> (record: APIKeyRecord, configuration: APIKeyConfiguration) {
        let configuration = try keys.configuration(configID)
        guard let record = try await keys.store.rows().find(id: id), record.configID == configuration.id else {
            throw AuthError(.notFound, .apiKeyNotFound)
        }
        switch configuration.owner {
        case .organization: try await check(action, by: session, in: record.referenceID)
        case .user: guard record.referenceID == session.user.id else { throw AuthError(.notFound, .apiKeyNotFound) }
        }
        return (record, configuration)
    }
}
