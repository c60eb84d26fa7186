import PostgresClient
import Primitives
import TypedSQL

/// Makes users with a password.
struct SignUp: Sendable {
    let settings: AuthSettings
    let database: PostgresPool
    let users: UserStore
    let accounts: AccountStore
    let sessions: SessionService
    let passwords: PasswordHasher

    struct Wish: Sendable {
        var name: String
        var email: EmailAddress
        var password: String
        var image: String?
        var remember = true
        var origin = SessionService.Origin()
    }

    /// The new user with a session; without one where an address must be verified first or signing up does not sign in.
    struct Outcome: Sendable {
        var user: AuthUser
        var session: AuthSessionRecord?
    }

    func callAsFunction(_ wish: Wish) async throws -> Outcome {
        let rules = settings.configuration.emailAndPassword
        guard rules.signUpEnabled else { throw AuthError(.badRequest, .emailPasswordSignUpDisabled) }
        try checkLength(of: wish.password)
        let signsIn = rules.autoSignIn && !rules.requireEmailVerification
        if try await users.exists(email: wish.email.text) { return try await refuse(wish, openly: signsIn) }

        let user = newUser(name: wish.name, email: wish.email, image: wish.image)
        let session = signsIn ? sessions.make(for: user.id, remember: wish.remember, from: wish.origin) : nil
        do {
            try await store(user, password: wish.password, session: session)
        } catch let error as PostgresError where error.isUniqueViolation {
            return try await refuse(wish, openly: signsIn)
        }
        return Outcome(user: user, session: session)
    }

    /// A user made by the server itself, without a session. Length rules for passwords hold here too.
    func createUser(name: String, email: EmailAddress, password: String, role: String?, emailVerified: Bool) async throws -> AuthUser {
        try checkLength(of: password)
        var user = newUser(name: name, email: email, image: nil)
        user.emailVerified = emailVerified
        if let role { user.role = role }
        do {
            try await store(user, password: password, session: nil)
        } catch let error as PostgresError where error.isUniqueViolation {
            throw AuthError(.unprocessable, .userAlreadyExistsUseAnotherEmail)
        }
        return user
    }

    private func checkLength(of password: String) throws {
        let allowed = settings.configuration.emailAndPassword.passwordLength
        if password.utf16.count < allowed.lowerBound { throw AuthError(.badRequest, .passwordTooShort) }
        if password.utf16.count > allowed.upperBound { throw AuthError(.badRequest, .passwordTooLong) }
    }

    private func newUser(name: String, email: EmailAddress, image: String?) -> AuthUser {
        let now = settings.now
        return AuthUser(
            id: Identifiers.row(), name: name, email: email.text, emailVerified: false, image: image, createdAt: now, updatedAt: now,
            role: settings.configuration.defaultUserRole, banned: false, twoFactorEnabled: false
        )
    }

    /// User, account and session in one flight, which is one transaction.
    private func store(_ user: AuthUser, password: String, session: AuthSessionRecord?) async throws {
        let hash = try await passwords.hash(password)
        let account = try await accounts.insertion(id: Identifiers.row(), user: user.id, passwordHash: hash, at: user.createdAt)
        var statements = [AuthUser.insert(user.draft).sql, account]
        if let session { statements.append(AuthSessionRecord.insert(session.draft).sql) }
        _ = try await database.batch(statements)
    }

    /// Where signing up signs in, its failure shows that an address is known anyway. Elsewhere the answer must not tell: an invented
    /// user after the same hashing work.
    private func refuse(_ wish: Wish, openly: Bool) async throws -> Outcome {
        if openly { throw AuthError(.unprocessable, .userAlreadyExistsUseAnotherEmail) }
        try await passwords.wasteTheSameTime(on: wish.password)
        return Outcome(user: newUser(name: wish.name, email: wish.email, image: wish.image), session: nil)
    }
}
