import JSON
import Primitives

/// What a new API key is to be, and the rules for it.
struct APIKeyWish: Sendable {
    var referenceID: String
    var name: String?
    var prefix: String?
    /// nil is the configuration's default.
    var expiresIn: Duration?
    var permissions: Permissions?
    var metadata: JSONValue?
    var allowedAddresses: [AllowedAddress]?

    /// The record and the plain key, not yet stored.
    func key(under configuration: APIKeyConfiguration, at now: Timestamp) throws -> (record: APIKeyRecord, plainKey: String) {
        if let metadata { try Self.check(metadata: metadata, configuration) }
        if let expiresIn { try Self.check(expiresIn: expiresIn, configuration) }
        if let prefix, !configuration.prefixLength.contains(prefix.utf16.count) {
            throw AuthError(.badRequest, .apiKeyInvalidPrefixLength)
        }
        try Self.check(name: name, configuration)
        let prefix = self.prefix ?? configuration.prefix
        let plainKey = (prefix ?? "") + Identifiers.apiKeyBody(length: configuration.length)
        let rate = configuration.rateLimit
        var record = APIKeyRecord(
            id: Identifiers.row(), configID: configuration.id, name: name, start: String(plainKey.prefix(configuration.visibleCharacters)),
            referenceID: referenceID, prefix: prefix, hash: Digests.sha256(plainKey), enabled: true, rateLimitEnabled: rate.isEnabled,
            rateLimitTimeWindow: Int(rate.window.milliseconds), rateLimitMax: rate.maximumRequests, requestCount: 0,
            expiresAt: (expiresIn ?? configuration.expiration.defaultLife).map { now + $0 }, createdAt: now, updatedAt: now)
        record.permissions = permissions ?? configuration.defaultPermissions
        record.metadata = metadata
        return (record, plainKey)
    }

    static func check(name: String?, _ configuration: APIKeyConfiguration) throws {
        guard let name else {
            if configuration.requiresName { throw AuthError(.badRequest, .apiKeyNameRequired) }
            return
        }
        guard configuration.nameLength.contains(name.utf16.count) else { throw AuthError(.badRequest, .apiKeyInvalidNameLength) }
    }

    static func check(metadata: JSONValue, _ configuration: APIKeyConfiguration) throws {
        guard configuration.metadataEnabled else { throw AuthError(.badRequest, .apiKeyMetadataDisabled) }
        guard metadata.object != nil else { throw AuthError(.badRequest, .apiKeyInvalidMetadata) }
    }

    static func check(expiresIn: Duration, _ configuration: APIKeyConfiguration) throws {
        let rules = configuration.expiration
        guard rules.callersMayChoose else { throw AuthError(.badRequest, .apiKeyExpirationDisabled) }
        let days = Double(expiresIn.milliseconds) / 86_400_000
        if days < rules.allowedDays.lowerBound { throw AuthError(.badRequest, .apiKeyExpiresTooSoon) }
        if days > rules.allowedDays.upperBound { throw AuthError(.badRequest, .apiKeyExpiresTooLate) }
    }
}
