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
    let found: FoundAPIKey
    let scope: TenantScope
    let permissions: PermissionSet
    /// Nil: every project of the organization.
    let projects: Set<ProjectID>?
    let organizationName: String
    let organizationSlug: String
    let plan: OrganizationPlan

    var key: APIKeyRecord { found.record }

    init(
        found: FoundAPIKey, scope: TenantScope, permissions: PermissionSet, projects: Set<ProjectID>?, organizationName: String,
        organizationSlug: String, plan: OrganizationPlan
    ) {
        self.found = found
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

    /// API keys of a user, which no plan covers and which open nothing of an organization's.
    static let limitPerUser = 20

    /// How many keys somebody may have: an organization as many as its plan says, whichever way they are made.
    static func limit(_ database: Database) -> @Sendable (APIKeyConfiguration, String) async throws -> Int? {
        { configuration, owner in
            guard configuration.owner == .organization else { return limitPerUser }
            return try await UsageService(database: database).plan(in: TenantScope(verified: owner)).limits.apiKeys
        }
    }

    /// What ``identify(_:)`` would tell, where nothing has to be asked for it and the key's use has been noted; nil says nothing.
    func known(_ key: String) -> ProgramIdentity? {
        guard let program = cache.program(KeyDigest(of: key)), !program.found.isExpired(at: .now),
            auth.apiKeys.wasTouchedLately(program.key.id)
        else { return nil }
        return program
    }

    /// Verifies a key by reading alone; nil when it is unknown, disabled, expired, replaced or of another kind. Whether it may be used from the
    /// caller's address is the caller's to ask.
    func identify(_ key: String) async throws -> ProgramIdentity? {
        guard let program = try await cache.program(KeyDigest(of: key), { try await load(hash: APIKeys.hash(of: key)) }),
            !program.found.isExpired(at: .now)
        else {
            return nil
        }
        return program
    }

    private func load(hash: String) async throws -> ProgramIdentity? {
        guard let found = try await auth.apiKeys.lookup(hash: hash), found.record.configID == Self.configuration, found.record.isEnabled
        else { return nil }
        let record = found.record
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
            found: found, scope: scope, permissions: PermissionSet(record: record.permissions), projects: projects.map(Set.init),
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
    ///
    /// - Throws: ``Problem`` 403 `plan_limit_reached` when the organization has as many as its plan allows.
    func create(
        name: String, permissions: [Permission], projects: [ProjectID]?, expiresIn: Duration?,
        allowedAddresses: [AllowedAddress]? = nil, in scope: TenantScope
    ) async throws -> (key: OrganizationKey, plain: String) {
        let (record, plain): (APIKeyRecord, String)
        do {
            (record, plain) = try await auth.apiKeys.create(
                configID: Self.configuration, referenceID: scope.organizationID, name: name,
                expiresIn: expiresIn, permissions: PermissionSet(permissions).record, allowedAddresses: allowedAddresses)
        } catch let error as AuthError where error.code == .apiKeyLimitReached {
            throw Problem(.planLimitReached, detail: error.message.map { "The plan's limit: \($0)" })
        }
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
        return (
            OrganizationKey(record: record, projects: projects, additions: APIKeyAdditions(allowedAddresses: allowedAddresses)), plain
        )
    }

    /// Newest first.
    func list(in scope: TenantScope) async throws -> [OrganizationKey] {
        let records = try await auth.apiKeys.list(referenceID: scope.organizationID, configID: Self.configuration)
        let limits = try await database.within(scope).all(
            APIKeyScope.from().where { $0.organizationID == scope.organizationID }.select { ($0.apiKeyID, $0.projectIDs) })
        let projects = Dictionary(limits) { first, _ in first }
        let additions = try await auth.apiKeys.additions(of: records.map(\.id))
        return records.sorted { $0.createdAt > $1.createdAt }.map {
            OrganizationKey(record: $0, projects: projects[$0.id] ?? nil, additions: additions[$0.id] ?? .init())
        }
    }

    /// - Throws: ``Problem`` 404 `api_key_not_found`.
    func find(_ id: String, in scope: TenantScope) async throws -> OrganizationKey {
        guard let record = try await auth.apiKeys.get(id: id, referenceID: scope.organizationID), record.configID == Self.configuration
        else { throw Problem(.apiKeyNotFound) }
        let limits = try await database.within(scope).first(
            APIKeyScope.from().where { $0.apiKeyID == id && $0.organizationID == scope.organizationID }.select { $0.projectIDs })
        return OrganizationKey(
            record: record, projects: limits ?? nil, additions: try await auth.apiKeys.additions(of: [id])[id] ?? .init())
    }

    /// Changes what is mentioned.
    func update(
        _ id: String, name: String?, enabled: Bool?, allowedAddresses: Patch<[AllowedAddress]>, in scope: TenantScope
    ) async throws -> OrganizationKey {
        _ = try await find(id, in: scope)
        _ = try await auth.apiKeys.update(
            id: id, referenceID: scope.organizationID,
            APIKeyChanges(name: name, enabled: enabled, allowedAddresses: allowedAddresses))
        cache.forget(scope)
        return try await find(id, in: scope)
    }

    /// Gives a key a new plain text, told this once; the old one counts until the overlap is over.
    ///
    /// - Throws: ``Problem`` 404 `api_key_not_found`, 409 `api_key_expired` or `too_many_former_keys`.
    func rotate(_ id: String, overlap: Duration?, in scope: TenantScope) async throws -> (key: OrganizationKey, plain: String) {
        do {
            guard let rotated = try await auth.apiKeys.rotate(id: id, referenceID: scope.organizationID, overlap: overlap) else {
                throw Problem(.apiKeyNotFound)
            }
            cache.forget(scope)
            return (try await find(id, in: scope), rotated.plainKey)
        } catch let error as AuthError where error.code == .apiKeyExpired {
            throw Problem(.apiKeyExpired)
        } catch let error as AuthError where error.code == .apiKeyTooManyFormerKeys {
            throw Problem(.tooManyFormerKeys)
        }
    }

    /// Revokes a key. This process refuses it from now on, the others once they hear of it, and ``TenantCache`` says how long that can take.
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
    let additions: APIKeyAdditions
}
