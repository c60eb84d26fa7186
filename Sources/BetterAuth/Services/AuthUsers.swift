/// Users, for the server's own use.
public struct AuthUsers: Sendable {
    let settings: AuthSettings
    let store: UserStore
    let signUp: SignUp
    let passwords: Passwords

    public func find(id: String) async throws -> AuthUser? { try await store.find(id: id) }

    /// Upper and lower case of the address do not matter.
    public func find(email: String) async throws -> AuthUser? { try await store.find(email: email) }

    /// Makes a user with a password and without a session.
    ///
    /// - Parameter role: Comma-joined roles; nil is the configured default.
    /// - Throws: ``AuthError`` with `INVALID_EMAIL`, `PASSWORD_TOO_SHORT`, `PASSWORD_TOO_LONG` or
    ///   `USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL`; nothing is stored then.
    public func create(
        name: String, email: String, password: String, role: String? = nil, emailVerified: Bool = false
    ) async throws -> AuthUser {
        guard let address = EmailAddress(email) else { throw AuthError(.badRequest, .invalidEmail) }
        var user = signUp.newUser(name: name, email: address, image: nil)
        user.emailVerified = emailVerified
        if let role { user.role = role }
        return try await signUp.createUser(user, password: password)
    }

    /// Sets a password for a user who has none.
    ///
    /// - Throws: ``AuthError`` with `PASSWORD_ALREADY_SET`, `PASSWORD_TOO_SHORT`, `PASSWORD_TOO_LONG` or `USER_NOT_FOUND`.
    public func setPassword(_ password: String, userID: String) async throws { try await passwords.set(password, userID: userID) }

    /// Replaces the user's comma-joined roles; nil when there is no such user.
    public func setRole(_ role: String, userID: String) async throws -> AuthUser? {
        try await store.setRole(role, id: userID, at: settings.now)
    }
}
