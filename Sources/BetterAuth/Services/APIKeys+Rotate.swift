import Primitives

/// Rotation and allow lists: additions to the contract, in tables of our own.
extension APIKeys {
    /// Gives a key a new secret. The one it had goes on counting for the overlap and then ends by itself; id, permissions, limits and counters
    /// stay.
    ///
    /// - Parameter overlap: nil is the configuration's default. Zero ends the old key at once, and those of earlier rotations too: what to do
    ///   when one has leaked.
    /// - Returns: The record and the plain key, told this once; nil when there is no such key of that owner.
    /// - Throws: ``AuthError`` with `KEY_EXPIRED`, `INVALID_OVERLAP` or `TOO_MANY_FORMER_KEYS`; nothing has changed then.
    public func rotate(
        id: String, referenceID: String, overlap: Duration? = nil
    ) async throws -> (record: APIKeyRecord, plainKey: String)? {
        let rules = try additionsConfiguration()
        let overlap = overlap ?? rules.defaultOverlap
        guard (.zero...rules.maximumOverlap).contains(overlap) else { throw AuthError(.badRequest, .apiKeyInvalidOverlap) }
        guard let record = try await get(id: id, referenceID: referenceID) else { return nil }
        let now = settings.now
        guard !record.isExpired(at: now) else { throw AuthError(.badRequest, .apiKeyExpired) }
        let configuration = try configuration(record.configID)
        let plainKey = (record.prefix ?? "") + Identifiers.apiKeyBody(length: configuration.length)
        let rotation = APIKeyRotation(
            hash: Digests.sha256(plainKey), start: String(plainKey.prefix(configuration.visibleCharacters)),
            formerKeyEndsAt: overlap == .zero ? nil : now + overlap, maximumFormerKeys: rules.maximumFormerKeys, now: now)
        return try await store.rows().rotate(id: id, owner: referenceID, rotation).map { ($0, plainKey) }
    }

    /// What is known of keys beside their records, by their ids. A key without anything is left out.
    public func additions(of ids: [String]) async throws -> [String: APIKeyAdditions] {
        guard settings.configuration.apiKeyAdditions.isEnabled, !ids.isEmpty else { return [:] }
        return try await store.rows().additions(of: ids, at: settings.now)
    }

    func additionsConfiguration() throws(AuthError) -> APIKeyAdditionsConfiguration {
        let configuration = settings.configuration.apiKeyAdditions
        guard configuration.isEnabled else { throw AuthError(.notImplemented, .apiKeyAdditionsDisabled) }
        return configuration
    }
}

/// What a key becomes, and until when it is still known as what it was.
struct APIKeyRotation: Sendable {
    var hash: String
    var start: String
    /// nil: it ends now, with all earlier ones.
    var formerKeyEndsAt: Timestamp?
    var maximumFormerKeys: Int
    var now: Timestamp
}
