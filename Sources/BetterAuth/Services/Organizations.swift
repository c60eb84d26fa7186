import JSON
import PostgresClient
import Primitives
import TypedSQL

/// Organizations: made, found, and chosen as a session's active one.
public struct Organizations: Sendable {
    let settings: AuthSettings
    let database: PostgresPool
    let store: OrganizationStore
    let members: MemberStore
    let sessions: SessionStore

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
        try await create(Wish(name: name, slug: slug), owner: ownerID, activeIn: nil)
    }

    public func find(id: String) async throws -> Organization? { try await store.find(id: id) }

    public func find(slug: String) async throws -> Organization? { try await store.find(slug: slug) }

    /// The organizations of a user, oldest first.
    public func list(userID: String) async throws -> [Organization] { try await store.all(ofUser: userID) }

    /// `create` for a signed-in user, within the limits for users.
    func create(_ wish: Wish, by session: AuthSession, activate: Bool) async throws -> (organization: Organization, member: Member) {
        let rules = settings.configuration.organizations
        guard rules.usersMayCreate else { throw AuthError(.forbidden, .mayNotCreateOrganization) }
        if let limit = rules.organizationLimit, try await members.countMemberships(ofUser: session.user.id) >= limit {
            throw AuthError(.forbidden, .organizationLimitReached)
        }
        return try await create(wish, owner: session.user.id, activeIn: activate ? session.session.id : nil)
    }

    /// Organization, first member and active organization in one flight, which is one transaction.
    private func create(
        _ wish: Wish, owner: String, activeIn session: String?
    ) async throws -> (organization: Organization, member: Member) {
        let now = settings.now
        let organization = Organization(
            id: Identifiers.row(), name: wish.name, slug: wish.slug, logo: wish.logo, createdAt: now, metadata: wish.metadata)
        let member = Member(
            id: Identifiers.row(), organizationID: organization.id, userID: owner,
            role: settings.configuration.organizations.creatorRole, createdAt: now)
        var statements = [Organization.insert(organization.draft).sql, Member.insert(member.draft).sql]
        if let session { statements.append(SessionStore.activation(of: organization.id, in: session).sql) }
        do throws(PostgresError) {
            _ = try await database.batch(statements)
        } catch {
            guard error.isUniqueViolation else { throw error }
            throw AuthError(.badRequest, .organizationAlreadyExists)
        }
        return (organization, member)
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
            if active != nil {
                try await sessions.activate(organization: nil, in: session.session.id)
            }
            throw AuthError(.forbidden, .notAMemberOfTheOrganization)
        }
        return (organization, member)
    }

    func activate(_ organization: String?, in session: AuthSession) async throws {
        try await sessions.activate(organization: organization, in: session.session.id)
    }
}
