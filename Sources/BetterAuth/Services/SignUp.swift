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
    let verification: EmailVerification

    struct Wish: Sendable {
        var name: String
        var email: EmailAddress
        var password: String
        var image: String?
        var remember = true
        var callback: String?
        var origin = SessionService.Origin()
    }

    /// The new user with a session; without one where an address must be verified first or signing up does not sign in.
    struct Outcome: Sendable {
        var user: AuthUser
        var session: AuthSession?
    }

    func callAsFunction(_ wish: Wish) async throws -> Outcome {
        let rules = settings.configuration.emailAndPassword
        guard rules.isEnabled, rules.signUpEnabled else { throw AuthError(.badRequest, .emailPasswordSignUpDisabled) }
        try passwords.check(wish.password)
        let signsIn = rules.autoSignIn && !rules.requireEmailVerification
        if let known = try await users.find(email: wish.email.text) { return try await refuse(wish, known, openly: signsIn) }

        var user = newUser(name: wish.name, email: wish.email, image: wish.image)
        try await settings.configuration.hooks.beforeSignUp?(&user)
        let session = signsIn ? try await sessions.make(for: user, remember: wish.remember, from: wish.origin) : nil
        do {
            try await store(user, password: wish.password, session: session)
        } catch let error as PostgresError where error.isUniqueViolation {
            return try await refuse(wish, users.find(email: user.email), openly: signsIn)
        }
        await announce(user, wish)
        return Outcome(user: user, session: session.map { sessions.found(user, $0) })
    }

    private func announce(_ user: AuthUser, _ wish: Wish) async {
        await sessions.events.record(.signedUp, subject: user.id)
        if let hook = settings.configuration.hooks.afterSignUp {
            await sessions.events.after("afterSignUp") { try await hook(user) }
        }
        let rules = settings.configuration
        if !user.emailVerified, rules.emailVerification.sendsOnSignUp ?? rules.emailAndPassword.requireEmailVerification {
            await verification.send(to: user, callback: wish.callback)
        }
    }

    /// A user made by the server itself, without a session; without a password one cannot sign in by it.
    func createUser(_ user: AuthUser, password: String?, checksLength: Bool = true) async throws -> AuthUser {
        if checksLength, let password { try passwords.check(password) }
        do {
            try await store(user, password: password, session: nil)
        } catch let error as PostgresError where error.isUniqueViolation {
            throw AuthError(.unprocessable, .userAlreadyExistsUseAnotherEmail)
        }
        return user
    }

    func newUser(name: String, email: EmailAddress, image: String?) -> AuthUser {
        let now = settings.now
        return AuthUser(
            id: Identifiers.row(), name: name, email: email.text, emailVerified: false, image: image, createdAt: now, updatedAt: now,
            role: settings.configuration.defaultUserRole, banned: false, twoFactorEnabled: false
        )
    }

    /// User, account and session in one flight, which is one transaction.
    private func store(_ user: AuthUser, password: String?, session: AuthSessionRecord?) async throws {
        var statements = [AuthUser.insert(user.draft).sql]
        if let password {
            let hash = try await passwords.hash(password)
            statements.append(try await accounts.insertion(id: Identifiers.row(), user: user.id, passwordHash: hash, at: user.createdAt))
        }
        if let session { statements.append(AuthSessionRecord.insert(session.draft).sql) }
        _ = try await database.batch(statements)
    }

    /// Where signing up signs in, its failure shows that an address is known anyway. Elsewhere the answer must not tell: an invented
    /// user after the same hashing work, and a letter to whom the address belongs.
    private func refuse(_ wish: Wish, _ known: AuthUser?, openly: Bool) async throws -> Outcome {
        if openly { throw AuthError(.unprocessable, .userAlreadyExistsUseAnotherEmail) }
        try await passwords.wasteTheSameTime(on: wish.password)
        if let known { await verification.letters.post(.signUpWithKnownEmail(known)) }
        return Outcome(user: newUser(name: wish.name, email: wish.email, image: wish.image), session: nil)
    }
}
