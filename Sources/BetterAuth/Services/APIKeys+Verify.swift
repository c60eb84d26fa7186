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
    /// - Throws: Only what the database throws.
    public func verify(key: String, configID: String? = nil, permissions: Permissions? = nil) async throws -> APIKeyVerification {
        guard let record = try await lookup(hashOf: key), configID == nil || configID == record.configID else {
            return .invalid(AuthError(.unauthorized, .apiKeyInvalid))
        }
        let now = settings.now
        guard record.isEnabled else { return .invalid(AuthError(.unauthorized, .apiKeyDisabled)) }
        if record.isExpired(at: now) {
            try await store.rows().delete(id: record.id)
            return .invalid(AuthError(.unauthorized, .apiKeyExpired))
        }
        if let permissions, !(record.permissions?.grants(permissions) ?? false) {
            return .invalid(AuthError(.unauthorized, .apiKeyNotFound))
        }
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
