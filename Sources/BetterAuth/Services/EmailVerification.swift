import Logging
import PostgresClient
import Primitives

/// Proves that an address belongs to its user, and changes addresses.
struct EmailVerification: Sendable {
    let settings: AuthSettings
    let users: UserStore
    let credentials: CredentialStore
    let verifications: VerificationStore
    let letters: Letters
    let events: AuthEvents

    /// Sends the link that verifies a user's address.
    func send(to user: AuthUser, callback: String?) async {
        guard letters.canSend, let token = await token(for: user) else { return }
        await letters.post(.verifyEmail(user, url: link(token, callback), token: token))
    }

    /// A token that is good for one use, by `user` as long as password, address and sessions stay as they are.
    ///
    /// - Returns: nil when it could not be stored, which is logged: no mail is worth failing what it is sent for.
    private func token(for user: AuthUser, updateTo new: String? = nil, _ purpose: EmailTokens.Purpose? = nil) async -> String? {
        let use = EmailTokens.Use(userID: user.id, id: Identifiers.resetToken())
        let now = settings.now
        do {
            try await verifications.create(
                VerificationStore.Prefix.email + use.id, value: user.id,
                expiresAt: now + settings.configuration.emailVerification.expiresIn, at: now)
        } catch {
            letters.logger.error("A token for an e-mail could not be stored", metadata: ["error": "\(error)"])
            return nil
        }
        return settings.emailTokens.make(.init(email: user.email, use: use, updateTo: new, purpose: purpose), at: now)
    }

    /// Uses up a token; false when it was used or ended before.
    private func consume(_ use: EmailTokens.Use) async throws -> Bool {
        try await verifications.consume(VerificationStore.Prefix.email + use.id, at: settings.now) == use.userID
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
        guard let user = try await user(of: claims) else { throw AuthError(.unauthorized, .userNotFound) }
        // The address was changed since: the mailbox is not the user's any more.
        guard user.email == claims.email else { throw AuthError(.unauthorized, .invalidToken) }
        guard let new = claims.updateTo else {
            // No server makes tokens with a purpose and without a new address.
            guard claims.purpose == nil else { throw AuthError(.unauthorized, .invalidToken) }
            return try await verify(user, claims.use)
        }
        if let signedIn, signedIn.id != user.id { throw AuthError(.unauthorized, .invalidUser) }
        // A token that names an address alone could change the account of whoever has that address by now.
        guard let use = claims.use, try await consume(use) else { throw AuthError(.unauthorized, .invalidToken) }
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

    private func user(of claims: EmailTokens.Claims) async throws -> AuthUser? {
        guard let use = claims.use else { return try await users.find(email: claims.email) }
        return try await users.find(id: use.userID)
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

    /// A second use of the link changes nothing and succeeds: programs that look at mail follow links, too.
    private func verify(_ user: AuthUser, _ use: EmailTokens.Use?) async throws -> Outcome {
        guard !user.emailVerified else { return .verified(user, isNew: false) }
        if let use, try await !consume(use) {
            // The other one of two uses at once may be about to succeed.
            guard let current = try await users.find(id: user.id), current.emailVerified else {
                throw AuthError(.unauthorized, .invalidToken)
            }
            return .verified(current, isNew: false)
        }
        guard let verified = try await users.markVerified(id: user.id, email: user.email, at: settings.now) else {
            // Another use of the link was first, or the user is gone.
            guard let current = try await users.find(email: user.email) else { throw AuthError(.unauthorized, .userNotFound) }
            return .verified(current, isNew: false)
        }
        await events.record(.emailVerified, subject: user.id)
        // A token that names an address alone signs nobody in.
        return .verified(verified, isNew: use != nil)
    }

    private func change(_ user: AuthUser, to new: String, verified: Bool) async throws -> AuthUser {
        do {
            guard
                let changed = try await credentials.changeEmail(
                    ofUser: user.id, from: user.email, to: new, verified: verified, at: settings.now)
            else {
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
        guard letters.canSend, let token = await token(for: user, updateTo: new, purpose) else { return }
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
