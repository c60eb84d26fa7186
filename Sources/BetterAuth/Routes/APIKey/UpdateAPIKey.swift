import HTTPTypes
import JSON
import Primitives

/// `POST /api-key/update`: name, state, metadata and expiry. `updatedAt` stays: it tells of the last use.
struct UpdateAPIKey: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/api-key/update"
    let keys: APIKeys
    let access: APIKeyAccess
    let reader: SessionReader

    func handle(_ call: inout AuthCall) async throws -> AuthReply {
        var fields = try FieldReader(body: call)
        let id = fields.string("keyId")
        let configID = fields.optionalString("configId")
        let user = fields.optionalString("userId")
        let name = fields.optionalString("name")
        let enabled = fields.optionalBool("enabled")
        let expiresIn = fields.optionalNumber("expiresIn", orNull: true, minimum: 1)
        try fields.finish()

        let session = try await call.requireSession(reader, else: AuthError(.unauthorized, .apiKeyUnauthorized))
        if let user, user != session.user.id { throw AuthError(.unauthorized, .apiKeyUnauthorized) }
        try APIKeyFields.refuseServerOnly(fields)
        var (record, configuration) = try await access.key(id, configID: configID, for: session, to: .update)
        var changes = false
        if let name {
            try APIKeyWish.check(name: name, configuration)
            record.name = name
            changes = true
        }
        if let enabled {
            record.enabled = enabled
            changes = true
        }
        if let expiresIn {
            let life = APIKeyFields.duration(seconds: expiresIn)
            try APIKeyWish.check(expiresIn: life, configuration)
            record.expiresAt = keys.settings.now + life
            changes = true
        } else if fields.raw("expiresIn") == .null {
            record.expiresAt = nil
            changes = true
        }
        if configuration.metadataEnabled, let metadata = fields.raw("metadata") {
            try APIKeyWish.check(metadata: metadata, configuration)
            record.metadata = metadata
            changes = true
        }
        guard changes else { throw AuthError(.badRequest, .apiKeyNoValuesToUpdate) }
        guard let updated = try await keys.store.update(record) else { throw AuthError(.notFound, .apiKeyNotFound) }
        return .json(updated.json())
    }
}
