import BetterAuth
import JSON
import Logging
import PostgresClient
import Primitives
import TypedAPI

/// Who a program is: an organization's API key that was just verified.
struct ProgramIdentity: Sendable {
    let key: APIKeyRecord
    let scope: TenantScope
    let permissions: PermissionSet
    /// Nil: every project of the organization.
    let projects: Set<ProjectID>?
    let organizationName: String
    let organizationSlug: String
    let plan: OrganizationPlan
}

/// An organization's API keys: better-auth's records, and limits of ours beside them.
struct APIKeyService: Sendable {
    let auth: Auth
    let database: Database
    let cache: TenantCache

    /// The better-auth configuration of keys that belong to an organization.
    static let configuration = "organization"
    static let defaultPermissions: [Permission] = [.readProjects, .readQueues, .writeQueues, .readMessages, .writeMessages]

    /// Verifies a key by reading alone; nil when it is unknown, disabled, expired or of another kind.
    func identify(_ key: String) async throws -> ProgramIdentity? {
        let hash = APIKeys.hash(of: key)
        guard let program = try await cache.program(hash, { try await load(hash: hash) }), !program.key.isExpired(at: .now) else {
            return nil
        }
        return program
    }

    private func load(hash: String) async throws -> ProgramIdentity? {
        guard let record = try await auth.apiKeys.lookup(hash: hash), record.configID == Self.configuration, record.isEnabled else {
            return nil
        }
        let scope = TenantScope(verified: record.referenceID)
        let rows = try await database.query(
            """
            select organization.name, organization.slug, api_key_scope.project_ids, organization_plan.plan, organization_plan.overrides
            from organization
            left join api_key_scope on api_key_scope.api_key_id = \(record.id) and api_key_scope.organization_id = organization.id
            left join organization_plan on organization_plan.organization_id = organization.id
            where organization.id = \(scope.organizationID)
            """, in: scope)
        guard let row = rows.first else { return nil }
        let (name, slug, projects, plan, overrides) = try row.decode(
            String.self, String.self, [ProjectID]?.self, String?.self, JSONValue?.self)
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
                try await database.execute(
                    "insert into api_key_scope (api_key_id, organization_id, project_ids) values (\(record.id), \(scope.organizationID), \(projects))",
                    in: scope)
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
        let rows = try await database.query(
            "select api_key_id, project_ids from api_key_scope where organization_id = \(scope.organizationID)", in: scope)
        var projects: [String: [ProjectID]] = [:]
        for row in rows {
            let (id, ids) = try row.decode(String.self, [ProjectID]?.self)
            projects[id] = ids
        }
        return records.sorted { $0.createdAt > $1.createdAt }.map { OrganizationKey(record: $0, projects: projects[$0.id]) }
    }

    /// Revokes a key. The next request with it is refused, in every process.
    func delete(_ id: String, in scope: TenantScope) async throws {
        let deleted = try await auth.apiKeys.delete(id: id, referenceID: scope.organizationID)
        guard deleted else { throw Problem(.apiKeyNotFound) }
        cache.forget(scope)
        try await database.execute(
            "delete from api_key_scope where api_key_id = \(id) and organization_id = \(scope.organizationID)", in: scope)
    }
}

/// A key as members see it.
struct OrganizationKey: Sendable {
    let record: APIKeyRecord
    let projects: [ProjectID]?

    var json: JSONObject {
        [
            "id": .string(record.id),
            "name": .string(orNull: record.name),
            "start": .string(orNull: record.start),
            "prefix": .string(orNull: record.prefix),
            "enabled": .bool(record.isEnabled),
            "permissions": .array(PermissionSet(record: record.permissions).texts.map { .string($0) }),
            "projects": projects.map { .array($0.map { .string($0.description) }) } ?? .null,
            "lastUsedAt": .string(orNull: record.lastRequest?.rfc3339),
            "expiresAt": .string(orNull: record.expiresAt?.rfc3339),
            "createdAt": .string(record.createdAt.rfc3339),
        ]
    }
}
