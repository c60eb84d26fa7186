import JSON
import PostgresClient
import Primitives
import TypedAPI
import TypedSQL

/// Organizations: made, found, changed, deleted, and chosen as a session's active one.
public struct Organizations: Sendable {
    let settings: AuthSettings
    let database: PostgresPool
    let store: OrganizationStore
    let members: MemberStore
    let sessions: SessionStore
    let keys: APIKeyStore
    let access: OrganizationAccess
    let events: AuthEvents

    private var rules: OrganizationConfiguration { settings.configuration.organizations }

    /// What a new organization is to be.
    struct Wish: Sendable {
        var name: String
        var slug: String
        var logo: String?
        /// JSON text of an object.
        var metadata: String?
    }

    /// Makes an organization whose first member is the user, in the creator's role.
    ///
    /// - Throws: ``AuthError`` with `ORGANIZATION_ALREADY_EXISTS` when the slug is taken; nothing is stored then.
    public func create(name: String, slug: String, ownerID: String) async throws -> (organization: Organization, member: Member) {
        try await create(organization(Wish(name: name, slug: slug)), owner: ownerID, activeIn: nil)
    }

    public func find(id: String) async throws -> Organization? { try await store.find(id: id) }

    public func find(slug: String) async throws -> Organization? { try await store.find(slug: slug) }

    /// The organizations of a user, oldest first.
    public func list(userID: String) async throws -> [Organization] { try await store.all(ofUser: userID) }

    /// `create` for a signed-in user, within the limits for users.
    func create(_ wish: Wish, by session: AuthSession, activate: Bool) async throws -> (organization: Organization, member: Member) {
        guard rules.usersMayCreate else { throw AuthError(.forbidden, .mayNotCreateOrganization) }
        if let limit = rules.organizationLimit, try await members.countMemberships(ofUser: session.user.id) >= limit {
            throw AuthError(.forbidden, .organizationLimitReached)
        }
        var organization = organization(wish)
        try await settings.configuration.hooks.beforeCreateOrganization?(session.user, &organization)
        let made = try await create(
            organization, owner: session.user.id, activeIn: activate && !session.isOfAPIKey ? session.session.id : nil)
        await events.record(.organizationCreated, actor: session, subject: organization.id, organization: organization.id)
        if let hook = settings.configuration.hooks.afterCreateOrganization {
            await events.after("afterCreateOrganization") { try await hook(session.user, made.organization) }
        }
        return made
    }

    private func organization(_ wish: Wish) -> Organization {
        Organization(
            id: Identifiers.row(), name: wish.name, slug: wish.slug, logo: wish.logo, createdAt: settings.now, metadata: wish.metadata)
    }

    /// Organization, first member, first team and what is active in one flight, which is one transaction.
    private func create(
        _ organization: Organization, owner: String, activeIn session: String?
    ) async throws -> (organization: Organization, member: Member) {
        let now = organization.createdAt
        let member = Member(id: Identifiers.row(), organizationID: organization.id, userID: owner, role: rules.creatorRole, createdAt: now)
        var statements = [Organization.insert(organization.draft).sql, Member.insert(member.draft).sql]
        if let session { statements.append(SessionStore.activation(of: organization.id, in: session).sql) }
        if let teams = rules.teams, teams.makesDefaultTeam {
            let team = Team(id: Identifiers.row(), name: organization.name, memberCount: 1, organizationID: organization.id, createdAt: now)
            let first = TeamMember(
                id: Identifiers.row(), teamID: team.id, userID: owner, membershipKey: Digests.membershipKey(team: team.id, user: owner),
                createdAt: now)
            statements += [Team.insert(team.draft).sql, TeamMember.insert(first.draft).sql]
            if let session { statements.append(SessionTeam.update { $0.activeTeamID.set(team.id) }.where { $0.id == session }.sql) }
        }
        do throws(PostgresError) {
            _ = try await database.batch(statements)
        } catch {
            guard error.isUniqueViolation else { throw error }
            throw AuthError(.badRequest, .organizationAlreadyExists)
        }
        return (organization, member)
    }

    struct Change: Sendable {
        var name: String?
        var slug: String?
        var logo: Patch<String>
        /// JSON text of an object.
        var metadata: String?
    }

    func update(_ id: String, _ change: Change, by session: AuthSession) async throws -> Organization {
        let member = try await requireMember(session.user.id, of: id)
        guard try await access.allows(["organization": ["update"]], member) else {
            throw AuthError(.forbidden, .youAreNotAllowedToUpdateThisOrganization)
        }
        guard var organization = try await store.find(id: id) else { throw AuthError(.badRequest, .organizationNotFound) }
        if let name = change.name { organization.name = name }
        if let slug = change.slug { organization.slug = slug }
        organization.logo = change.logo.applied(to: organization.logo)
        if let metadata = change.metadata { organization.metadata = metadata }
        do {
            guard let changed = try await store.update(organization) else { throw AuthError(.badRequest, .organizationNotFound) }
            await events.record(.organizationUpdated, actor: session, subject: id, organization: id)
            return changed
        } catch let error as PostgresError where error.isUniqueViolation {
            throw AuthError(.badRequest, .organizationSlugTaken)
        }
    }

    func delete(_ id: String, by session: AuthSession) async throws -> Organization {
        let member = try await requireMember(session.user.id, of: id)
        guard try await access.allows(["organization": ["delete"]], member) else {
            throw AuthError(.forbidden, .youAreNotAllowedToDeleteThisOrganization)
        }
        guard let organization = try await store.find(id: id) else { throw AuthError(.badRequest, .organizationNotFound) }
        let hooks = settings.configuration.hooks
        try await hooks.beforeDeleteOrganization?(session.user, organization)
        let kinds = settings.configuration.apiKeys.filter { $0.owner == .organization }.map(\.id)
        try await store.delete(id: id, and: try await keys.rows().deletion(owner: id, configIDs: kinds))
        if session.session.activeOrganizationID == id { try await activate(nil, in: session) }
        await events.record(.organizationDeleted, actor: session, subject: id, organization: id)
        if let hook = hooks.afterDeleteOrganization {
            await events.after("afterDeleteOrganization") { try await hook(session.user, organization) }
        }
        return organization
    }

    func requireMember(_ user: String, of organization: String) async throws -> Member {
        guard let member = try await members.find(user: user, organization: organization) else {
            throw AuthError(.badRequest, .notAMemberOfTheOrganization)
        }
        return member
    }

    /// The organization that a request means: by slug, by id, or else the session's active one. nil when none is meant.
    ///
    /// A stranger's session loses that active organization and is refused.
    func resolve(id: String?, slug: String?, for session: AuthSession) async throws -> (Organization, Member)? {
        let active = session.session.activeOrganizationID
        guard let wanted = slug ?? id ?? active else { return nil }
        let found = slug == nil ? try await store.find(id: wanted) : try await store.find(slug: wanted)
        guard let organization = found else { throw AuthError(.badRequest, .organizationNotFound) }
        guard let member = try await members.find(user: session.user.id, organization: organization.id) else {
            if active != nil { try await activate(nil, in: session) }
            throw AuthError(.forbidden, .notAMemberOfTheOrganization)
        }
        return (organization, member)
    }

    func activate(_ organization: String?, in session: AuthSession) async throws {
        try await sessions.activate(organization: organization, in: session.session.id)
    }
}
