import JSON
import Primitives

/// What became of a key that was shown.
public enum APIKeyVerification: Sendable {
    case valid(APIKeyRecord)
    case invalid(AuthError)

    /// The record of a valid key.
    public var record: APIKeyRecord? {
        if case .valid(let record) = self { record } else { nil }
    }
}

extension APIKeys {
    /// Checks a key and takes one use of it: state, expiry, permissions, remaining uses with refills, rate limit.
    ///
    /// An expired key, and one whose uses ran out for good, is deleted. Uses and rate are taken together in one statement: unlike the
    /// original, a use refused by the rate limit does not count.
    ///
    /// - Parameter configID: When given, keys of other kinds are invalid.
    /// - Parameter permissions: When given, the key must grant them all.
    /// - Parameter address: Where it was shown from; a key that is limited to addresses counts from nowhere else.
    /// - Throws: Only what the database throws.
    public func verify(
        key: String, configID: String? = nil, permissions: Permissions? = nil, from address: String? = nil
    ) async throws -> APIKeyVerification {
        guard let found = try await lookup(hashOf: key), configID == nil || configID == found.record.configID else {
            return .invalid(AuthError(.unauthorized, .apiKeyInvalid))
        }
        let record = found.record
        let now = settings.now
        guard record.isEnabled else { return .invalid(AuthError(.unauthorized, .apiKeyDisabled)) }
        if record.isExpired(at: now) {
            try await store.rows().delete(id: record.id)
            return .invalid(AuthError(.unauthorized, .apiKeyExpired))
        }
        // A replaced key whose overlap ended this moment is what it will be once its row is gone.
        guard !found.isExpired(at: now) else { return .invalid(AuthError(.unauthorized, .apiKeyInvalid)) }
        if let permissions, !(record.permissions?.grants(permissions) ?? false) {
            return .invalid(AuthError(.unauthorized, .apiKeyNotFound))
        }
        guard found.admits(address) else { return .invalid(AuthError(.forbidden, .apiKeyAddressNotAllowed)) }
        if record.remaining == 0, record.refillAmount == nil {
            try await store.rows().delete(id: record.id)
            return .invalid(AuthError(.tooManyRequests, .apiKeyUsageExceeded))
        }
        let countsRate = try configuration(record.configID).rateLimit.isEnabled
        if let used = try await store.rows().consume(id: record.id, countsRate: countsRate, at: now) { return .valid(used) }
        guard let refused = try await store.rows().find(id: record.id) else { return .invalid(AuthError(.unauthorized, .apiKeyInvalid)) }
        return .invalid(refusal(of: refused, at: now))
    }

    /// Why no use could be taken of a key.
    private func refusal(of key: APIKeyRecord, at now: Timestamp) -> AuthError {
        guard key.isEnabled else { return AuthError(.unauthorized, .apiKeyDisabled) }
        if let remaining = key.remaining, remaining <= 0 { return AuthError(.tooManyRequests, .apiKeyUsageExceeded) }
        let window = Int64(key.rateLimitTimeWindow ?? 0)
        let passed = key.lastRequest.map { (now - $0).milliseconds } ?? 0
        return AuthError(
            .tooManyRequests, .apiKeyRateLimited, extra: ["details": ["tryAgainIn": .number(max(0, window - passed))]])
    }
}
