import BetterAuth
import HTTPTypes
import Primitives
import TypedAPI

/// `/admin/api-keys`: the organization's own keys, the only kind that `/v1` accepts.
struct APIKeyRoutes {
    let keys: APIKeyService
    let projects: ProjectService

    var endpoints: [Endpoint<AdminContext>] { [create, list, find, update, rotate, delete] }

    private var create: Endpoint<AdminContext> {
        .post("createApiKey", "api-keys", "Create an API key")
            .description("The key itself is in this answer, and nowhere else ever again. It may do no more than whoever makes it.")
            .tags("api keys")
            .body(CreateAPIKey.self, example: CreateAPIKey(name: "publisher", permissions: [.writeMessages]))
            .errors(.planLimitReached)
            .requires(.permission(.writeAPIKeys))
            .handle { input, context in
                let wish = input.body
                let permissions = wish.permissions ?? APIKeyService.defaultPermissions
                for permission in permissions { try context.permissions.require(permission) }
                try await check(wish.projects ?? [], in: context.scope)
                let (key, plain) = try await keys.create(
                    name: wish.name, permissions: permissions, projects: wish.projects,
                    expiresIn: wish.expiresIn, allowedAddresses: wish.allowedAddresses, in: context.scope)
                return Created(Resource(CreatedAPIKey(key, plain: plain)), headers: [.cacheControl: CacheControl.secret])
            }
    }

    private var list: Endpoint<AdminContext> {
        .get("listApiKeys", "api-keys", "List API keys")
            .description("All of them, newest first.")
            .tags("api keys")
            .requires(.permission(.readAPIKeys))
            .handle { _, context in OK(Page(data: try await keys.list(in: context.scope).map { APIKeyView($0) })) }
    }

    private var find: Endpoint<AdminContext> {
        .get("getApiKey", "api-keys/{apiKey}", "Get an API key")
            .tags("api keys")
            .path(APIKeyPath.self)
            .errors(.apiKeyNotFound)
            .requires(.permission(.readAPIKeys))
            .handle { input, context in OK(Resource(APIKeyView(try await keys.find(input.path.apiKey, in: context.scope)))) }
    }

    private var update: Endpoint<AdminContext> {
        .patch("updateApiKey", "api-keys/{apiKey}", "Change an API key")
            .description(
                "What is left out stays. The server that answers goes by it from now on, the others within milliseconds; within three seconds where the database cannot reach them."
            )
            .tags("api keys")
            .path(APIKeyPath.self)
            .body(UpdateAPIKey.self, example: UpdateAPIKey(allowedAddresses: .value(["203.0.113.0/24"].compactMap { AllowedAddress($0) })))
            .errors(.apiKeyNotFound)
            .requires(.permission(.writeAPIKeys))
            .handle { input, context in
                let key = try await keys.update(
                    input.path.apiKey, name: input.body.name, enabled: input.body.enabled, allowedAddresses: input.body.allowedAddresses,
                    in: context.scope)
                return OK(Resource(APIKeyView(key)))
            }
    }

    private var rotate: Endpoint<AdminContext> {
        .post("rotateApiKey", "api-keys/{apiKey}/rotate", "Rotate an API key")
            .description(
                """
                The new key is in this answer, and nowhere else ever again; everything else about it stays. The old one works until the overlap \
                is over and then ends by itself. Without an overlap (`PT0S`) it ends now, as do those of earlier rotations.
                """
            )
            .tags("api keys")
            .path(APIKeyPath.self)
            .body(RotateAPIKey.self, example: RotateAPIKey(overlap: .seconds(86_400)))
            .errors(.apiKeyNotFound, .apiKeyExpired, .tooManyFormerKeys)
            .requires(.permission(.writeAPIKeys))
            .handle { input, context in
                // Whoever holds the new key may do what it may do.
                for permission in PermissionSet(record: try await keys.find(input.path.apiKey, in: context.scope).record.permissions).sorted
                {
                    try context.permissions.require(permission)
                }
                let (key, plain) = try await keys.rotate(input.path.apiKey, overlap: input.body.overlap, in: context.scope)
                return OK(Resource(CreatedAPIKey(key, plain: plain)), headers: [.cacheControl: CacheControl.secret])
            }
    }

    private var delete: Endpoint<AdminContext> {
        .delete("deleteApiKey", "api-keys/{apiKey}", "Revoke an API key")
            .description(
                "The server that answers refuses it from now on, the others within milliseconds; within three seconds where the database cannot reach them."
            )
            .tags("api keys")
            .path(APIKeyPath.self)
            .errors(.apiKeyNotFound)
            .requires(.permission(.deleteAPIKeys))
            .handle { input, context in
                try await keys.delete(input.path.apiKey, in: context.scope)
                return NoContent()
            }
    }

    private func check(_ ids: [ProjectID], in scope: TenantScope) async throws {
        guard !ids.isEmpty else { return }
        let existing = try await projects.existing(ids, in: scope)
        let errors = ids.enumerated().filter { !existing.contains($0.element) }.map { index, _ in
            FieldError(
                .pointer("/projects/\(index)"), code: "unknown_project", message: "Must be the id of a project of this organization.")
        }
        guard errors.isEmpty else { throw Problem.invalid(errors) }
    }
}

@Schema struct APIKeyPath {
    /// The key's id, which is not the key.
    var apiKey: String
}

@Schema(name: "CreateApiKey") struct CreateAPIKey {
    @Field(.length(1...32), .pattern(PrintableText.pattern, message: PrintableText.message)) var name: String
    /// Reading everything but keys, and writing queues and messages, when it is left out.
    @Field(.notNull, .count(1...100)) var permissions: [Permission]?
    /// The projects it is limited to; every one, also those to come, when it is left out.
    @Field(.notNull, .count(1...100)) var projects: [ProjectID]?
    /// From one day to a year; for ever when it is left out.
    @Field(.notNull, .range(Duration.seconds(86_400)...Duration.seconds(365 * 86_400))) var expiresIn: Duration?
    /// The addresses and blocks of them that it may be used from; everywhere when it is left out.
    @Field(.notNull, .count(1...100)) var allowedAddresses: [AllowedAddress]?
}

@Schema(name: "UpdateApiKey") struct UpdateAPIKey {
    @Field(.notNull, .length(1...32), .pattern(PrintableText.pattern, message: PrintableText.message)) var name: String?
    /// A key that is not enabled is refused everywhere.
    @Field(.notNull) var enabled: Bool?
    /// Null: everywhere.
    @Field(.count(1...100)) var allowedAddresses: Patch<[AllowedAddress]>
}

@Schema(name: "RotateApiKey") struct RotateAPIKey {
    /// How long the old key goes on working, up to 30 days; a day when it is left out.
    @Field(.notNull, .range(Duration.zero...Duration.seconds(30 * 86_400))) var overlap: Duration?
}

/// An organization's API key, without what opens doors.
@Schema(name: "ApiKey")
struct APIKeyView {
    var id: String
    var name: String?
    /// How the key begins, to tell it from others.
    var start: String?
    var prefix: String?
    var enabled: Bool
    var permissions: [Permission]
    /// Null: every project.
    var projects: [ProjectID]?
    /// Null: everywhere.
    var allowedAddresses: [AllowedAddress]?
    /// When the keys end that rotation replaced and that still work.
    var formerKeysEndAt: [Timestamp]
    var lastUsedAt: Timestamp?
    var expiresAt: Timestamp?
    var createdAt: Timestamp

    init(_ key: OrganizationKey) {
        let record = key.record
        id = record.id
        name = record.name
        start = record.start
        prefix = record.prefix
        enabled = record.isEnabled
        permissions = PermissionSet(record: record.permissions).sorted
        projects = key.projects
        allowedAddresses = key.additions.allowedAddresses
        formerKeysEndAt = key.additions.formerKeysEndAt
        lastUsedAt = record.lastRequest
        expiresAt = record.expiresAt
        createdAt = record.createdAt
    }
}

/// An API key as it is told once.
@Schema(name: "CreatedApiKey")
struct CreatedAPIKey {
    var id: String
    var name: String?
    var start: String?
    var prefix: String?
    var enabled: Bool
    var permissions: [Permission]
    var projects: [ProjectID]?
    /// Null: everywhere.
    var allowedAddresses: [AllowedAddress]?
    /// When the keys end that rotation replaced and that still work.
    var formerKeysEndAt: [Timestamp]
    var lastUsedAt: Timestamp?
    var expiresAt: Timestamp?
    var createdAt: Timestamp
    /// The key itself.
    var key: String

    init(_ made: OrganizationKey, plain: String) {
        let view = APIKeyView(made)
        id = view.id
        name = view.name
        start = view.start
        prefix = view.prefix
        enabled = view.enabled
        permissions = view.permissions
        projects = view.projects
        allowedAddresses = view.allowedAddresses
        formerKeysEndAt = view.formerKeysEndAt
        lastUsedAt = view.lastUsedAt
        expiresAt = view.expiresAt
        createdAt = view.createdAt
        key = plain
    }
}
