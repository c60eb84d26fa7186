import PostgresClient
import Primitives

/// Proves that an address belongs to its user, and changes addresses.
struct EmailVerification: Sendable {
    let settings: AuthSettings
    let users: UserStore
    let letters: Letters
    let events: AuthEvents

    /// Sends the link that verifies a user's address.
    func send(to user: AuthUser, callback: String?) async {
        let token = settings.emailTokens.make(.init(email: user.email), at: settings.now)
        await letters.post(.verifyEmail(user, url: link(token, callback), token: token))
    }

    /// What following a link did.
    enum Outcome: Sendable {
        /// The address is verified; it was not before when `isNew`.
        case verified(AuthUser, isNew: Bool)
        /// A second letter is on its way, to the new address.
        case confirmed
        case changed(AuthUser)
    }

    /// - Parameter signedIn: The user of the request; links that change an address work for no other.
    /// - Throws: ``AuthError`` with `INVALID_TOKEN`, `TOKEN_EXPIRED`, `USER_NOT_FOUND` or `INVALID_USER`.
    func follow(_ token: String, signedIn: AuthUser?, callback: String?) async throws -> Outcome {
        let claims: EmailTokens.Claims
        do {
            claims = try settings.emailTokens.read(token, at: settings.now)
        } catch {
            throw AuthError(.unauthorized, error == .expired ? .tokenExpired : .invalidToken)
        }
        guard let user = try await users.find(email: claims.email) else { throw AuthError(.unauthorized, .userNotFound) }
        guard let new = claims.updateTo else {
            // A purpose without a new address was made by nobody.
            guard claims.purpose == nil else { throw AuthError(.unauthorized, .invalidToken) }
            return try await verify(user)
        }
        if let signedIn, signedIn.id != user.id { throw AuthError(.unauthorized, .invalidUser) }
        switch claims.purpose {
        case .confirmChange:
            await sendChange(of: user, to: new, .verifyChange, callback: callback)
            return .confirmed
        case .verifyChange: return .changed(try await change(user, to: new, verified: true))
        case nil:
            let changed = try await change(user, to: new, verified: false)
            await send(to: changed, callback: callback)
            return .changed(changed)
        }
    }

    /// Begins a change of address. What it answers must not depend on whether the new one is taken.
    ///
    /// - Returns: The changed user where nobody needed to be asked.
    func requestChange(of user: AuthUser, to new: EmailAddress, callback: String?) async throws -> AuthUser? {
        let rules = settings.configuration.changeEmail
        guard rules.isEnabled else { throw AuthError(.badRequest, .changeEmailDisabled) }
        guard new.text != user.email else { throw AuthError.uncoded(.badRequest, "Email is the same") }
        let updatesAtOnce = rules.updatesUnverified && !user.emailVerified
        guard letters.canSend || updatesAtOnce else { throw AuthError.uncoded(.badRequest, "Verification email isn't enabled") }
        guard try await !users.exists(email: new.text) else { return nil }
        if updatesAtOnce {
            let changed = try await change(user, to: new.text, verified: false)
            await send(to: changed, callback: callback)
            return changed
        }
        let asksOld = user.emailVerified && rules.confirmsAtOldAddress
        await sendChange(of: user, to: new.text, asksOld ? .confirmChange : .verifyChange, callback: callback)
        return nil
    }

    private func verify(_ user: AuthUser) async throws -> Outcome {
        guard !user.emailVerified else { return .verified(user, isNew: false) }
        guard let verified = try await users.markVerified(id: user.id, email: user.email, at: settings.now) else {
            // Another use of the link was first, or the user is gone.
            guard let current = try await users.find(email: user.email) else { throw AuthError(.unauthorized, .userNotFound) }
            return .verified(current, isNew: false)
        }
        await events.record(.emailVerified, subject: user.id)
        return .verified(verified, isNew: true)
    }

    private func change(_ user: AuthUser, to new: String, verified: Bool) async throws -> AuthUser {
        do {
            guard let changed = try await users.changeEmail(from: user.email, to: new, verified: verified, at: settings.now) else {
                throw AuthError(.unauthorized, .userNotFound)
            }
            await events.record(.emailChanged, subject: user.id)
            return changed
        } catch let error as PostgresError where error.isUniqueViolation {
            // Somebody took it meanwhile.
            throw AuthError(.unauthorized, .invalidToken)
        }
    }

    private func sendChange(of user: AuthUser, to new: String, _ purpose: EmailTokens.Purpose, callback: String?) async {
        let token = settings.emailTokens.make(.init(email: user.email, updateTo: new, purpose: purpose), at: settings.now)
        let url = link(token, callback)
        await letters.post(
            purpose == .confirmChange
                ? .confirmEmailChange(user, newEmail: new, url: url, token: token)
                : .verifyNewEmail(user, newEmail: new, url: url, token: token))
    }

    private func link(_ token: String, _ callback: String?) -> String {
        "\(settings.baseURL)/verify-email?token=\(token)&callbackURL=\(PercentEncoding.encodeComponent(callback ?? "/"))"
    }
}
