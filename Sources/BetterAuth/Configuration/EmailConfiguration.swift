public struct EmailAndPasswordConfiguration: Sendable {
    /// Whether passwords are used at all.
    public var isEnabled = true
    public var signUpEnabled = true
    /// Whether signing up signs in.
    public var autoSignIn = true
    /// Whether an address must be verified before its user can sign in.
    public var requireEmailVerification = false
    /// In UTF-16 code units, before normalisation.
    public var passwordLength = 8...128
    /// Whether a reset, and a password set by an administrator, end the user's sessions. better-auth's default is that they live on; a
    /// password that was stolen is reason to turn this on. The first reset of an account whose address was never verified ends them always.
    public var revokesSessionsOnReset = false
    /// Whether `change-password` ends the user's other sessions when the request does not say. better-auth's default is no.
    public var revokesOtherSessionsOnChange = false
    /// Life of the link that resets a password.
    public var resetExpiresIn: Duration = .seconds(3600)
    /// Passwords hashed at once, on threads that give way to all others; nil means one for each processor. Each takes a processor for about
    /// 0.1 s and 32 MiB.
    public var hashingConcurrency: Int?
    /// Sign-ins that may wait for their turn before more are answered 503.
    public var maximumWaitingHashes = 256

    public init() {}
}

public struct EmailVerificationConfiguration: Sendable {
    /// Whether signing up sends the mail; nil: when addresses must be verified.
    public var sendsOnSignUp: Bool?
    /// Whether a sign-in that is refused for want of verification sends the mail again.
    public var sendsOnSignIn = false
    /// Whether following the link signs in.
    public var autoSignIn = false
    /// Life of the link.
    public var expiresIn: Duration = .seconds(3600)

    public init() {}
}

public struct ChangeEmailConfiguration: Sendable {
    public var isEnabled = false
    /// Whether the old, verified address is asked first.
    public var confirmsAtOldAddress = true
    /// Whether a user whose address was never verified may just replace it.
    public var updatesUnverified = false

    public init() {}
}

public struct DeleteUserConfiguration: Sendable {
    public var isEnabled = false
    /// Whether a mail asks first.
    public var verifiesByMail = false
    public var expiresIn: Duration = .seconds(86400)

    public init() {}
}
