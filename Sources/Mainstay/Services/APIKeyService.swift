import BetterAuth
import Logging
import PostgresClient
import Primitives
import TypedAPI
import TypedSQL

/// Who a program is: an organization's API key that was just verified.
///
/// A class, since every request hands one from the cache to its context and on: one reference instead of some twenty.
final class ProgramIdentity: Sendable {
    let key: APIKeyRecord
    let scope: TenantScope
    let permissions: PermissionSet
    /// Nil: every project of the organization.
    let projects: Set<ProjectID>?
    let organizationName: String
    let organizationSlug: String
    let plan: OrganizationPlan

    init(
        key: APIKeyRecord, scope: TenantScope, permissions: PermissionSet, projects: Set<ProjectID>?, organizationName: String,
        organizationSlug: String, plan: OrganizationPlan
    ) {
        self.key = key
        self.scope = scope
        self.permissions = permissions
        self.projects = projects
        self.organizationName = organizationName
        self.organizationSlug = organizationSlug
        self.plan = plan
    }
}

/// An organization's API keys: better-auth's records, and limits of ours beside them.
struct APIKeyService: Sendable {
    let auth: Auth
    let database: Database
    let cache: TenantCache

    /// The better-auth configuration of keys that belong to an organization.
    static let configuration = "organization"
    static let defaultPermissions: [Permission] = [.readProjects, .readQueues, .writeQueues, .readMessages, .writeMessages]

    /// What ``identify(_:)`` would tell, where nothing has to be asked for it and the key's use has been noted; nil says nothing.
    func known(_ key: String) -> ProgramIdentity? {
        guard let program = cache.program(KeyDigest(of: key)), !program.key.isExpired(at: .now),
            auth.apiKeys.wasTouchedLately(program.key.id)
        else { return nil }
        return program
    }

    /// Verifies a key by reading alone; nil when it is unknown, disabled, expired or of another kind.
    func identify(_ key: String) async throws -> ProgramIdentity? {
        guard let program = try await cache.program(KeyDigest(of: key), { try await load(hash: APIKeys.hash(of: key)) }),
            !program.key.isExpired(at: .now)
        else {
            return nil
        }
        return program
    }

    private func load(hash: String) async throws -> ProgramIdentity? {
        guard let record = try await auth.apiKeys.lookup(hash: hash), record.configID == Self.configuration, record.isEnabled else {
            return nil
        }
        let scope = TenantScope(verified: record.referenceID)
        let query = Organization.from()
            .leftJoin(APIKeyScope.self) { organization, limits in
                limits.apiKeyID == record.id && limits.organizationID == organization.id
            }
            .leftJoin(PurchasedPlan.self) { organization, _, plan in plan.organizationID == organization.id }
            .where { organization, _, _ in organization.id == scope.organizationID }
            .select { organization, limits, plan in
                (organization.name, organization.slug, limits.projectIDs, plan.plan, plan.overrides)
            }
        guard let (name, slug, projects, plan, overrides) = try await database.within(scope).first(query) else { return nil }
        return ProgramIdentity(
            key: record, scope: scope, permissions: PermissionSet(record: record.permissions), projects: projects.map(Set.init),
            organizationName: name, organizationSlug: slug, plan: OrganizationPlan(plan: plan, overrides: overrides))
    }

    /// Notes when a key was last used, at most once a minute. No reason to refuse a request when it cannot be noted.
    func noteUse(of key: APIKeyRecord, logger: Logger) async {
        do {
            try await auth.apiKeys.touch(key.id)
        } catch {
            logger.debug("The use of an API key was not noted", metadata: ["error": "\(error)"])
        }
    }

    /// Makes a key; the plain text is told this once.
    func create(
        name: String, permissions: [Permission], projects: [ProjectID]?, expiresIn: Duration?, in scope: TenantScope
    ) async throws -> (key: OrganizationKey, plain: String) {
        let (record, plain) = try await auth.apiKeys.create(
            configID: Self.configuration, referenceID: scope.organizationID, name: name,
            expiresIn: expiresIn, permissions: PermissionSet(permissions).record)
        if let projects {
            do {
                try await database.within(scope).run(
                    APIKeyScope.insert(.init(apiKeyID: record.id, organizationID: scope.organizationID, projectIDs: projects)))
            } catch {
                // A key without its limits must not stay: nobody has seen it yet.
                _ = try await auth.apiKeys.delete(id: record.id, referenceID: scope.organizationID)
                throw error
            }
        }
        return (OrganizationKey(record: record, projects: projects), plain)
    }

    /// Newest first.
    func list(in scope: TenantScope) async throws -> [OrganizationKey] {
        let records = try await auth.apiKeys.list(referenceID: scope.organizationID, configID: Self.configuration)
        let limits = try await database.within(scope).all(
            APIKeyScope.from().where { $0.organizationID == scope.organizationID }.select { ($0.apiKeyID, $0.projectIDs) })
        let projects = Dictionary(limits) { first, _ in first }
        return records.sorted { $0.createdAt > $1.createdAt }.map { OrganizationKey(record: $0, projects: projects[$0.id] ?? nil) }
    }

    /// Revokes a key. The next request with it is refused, in every process.
    func delete(_ id: String, in scope: TenantScope) async throws {
        let deleted = try await auth.apiKeys.delete(id: id, referenceID: scope.organizationID)
        guard deleted else { throw Problem(.apiKeyNotFound) }
        cache.forget(scope)
        try await database.within(scope).run(
            APIKeyScope.delete().where { $0.apiKeyID == id && $0.organizationID == scope.organizationID })
    }
}

/// A key and its limits.
struct OrganizationKey: Sendable {
    let record: APIKeyRecord
    let projects: [ProjectID]?
}
