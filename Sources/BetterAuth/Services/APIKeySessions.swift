import HTTPTypes
import Primitives
import TypedAPI

/// Lets an API key stand for its user's session.
struct APIKeySessions: Sendable {
    let settings: AuthSettings
    let keys: APIKeys
    let users: UserStore
    let configuration: APIKeyConfiguration

    static let header = HTTPField.Name("x-api-key")

    /// nil without a key in the request; takes one use of it otherwise.
    ///
    /// - Throws: ``AuthError`` for a key that does not count.
    func session(for headers: HTTPFields, from address: String?) async throws -> AuthSession? {
        guard let name = Self.header, let key = headers[name] else { return nil }
        guard key.utf8.count >= configuration.length, key.utf8.count <= 512 else { throw AuthError(.forbidden, .apiKeyInvalid) }
        let record: APIKeyRecord
        switch try await keys.verify(key: key, from: address) {
        case .valid(let valid): record = valid
        case .invalid(let error): throw error
        }
        guard let kind = settings.configuration.apiKeys.first(where: { $0.id == record.configID }), kind.owner == .user,
            let user = try await users.find(id: record.referenceID), user.banned != true
        else { throw AuthError(.unauthorized, .invalidReferenceIDFromAPIKey) }
        let now = settings.now
        // Without an expiry of its own, better-auth shows the session's life in seconds as if it were milliseconds.
        let lasts = Duration.milliseconds(settings.configuration.session.expiresIn.components.seconds)
        let session = AuthSessionRecord(
            id: record.id, token: key, userID: user.id, expiresAt: record.expiresAt ?? now + lasts, createdAt: now, updatedAt: now)
        return AuthSession(user: user, session: session, isOfAPIKey: true)
    }
}
