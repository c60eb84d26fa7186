import Primitives

/// Something to tell a user by mail. The application writes it and sends it; URLs are complete.
public enum AuthLetter: Sendable, CustomStringConvertible {
    case verifyEmail(AuthUser, url: String, token: String)
    case resetPassword(AuthUser, url: String, token: String)
    /// To the old address: may the address be changed to `newEmail`?
    case confirmEmailChange(AuthUser, newEmail: String, url: String, token: String)
    /// To the new address.
    case verifyNewEmail(AuthUser, newEmail: String, url: String, token: String)
    case deleteAccount(AuthUser, url: String, token: String)
    case invitation(AuthInvitationLetter)
    /// Somebody tried to sign up with an address that has a user, and was not told so.
    case signUpWithKnownEmail(AuthUser)

    /// Whom it goes to.
    public var receiver: String {
        switch self {
        case .verifyEmail(let user, _, _), .resetPassword(let user, _, _), .confirmEmailChange(let user, _, _, _),
            .deleteAccount(let user, _, _), .signUpWithKnownEmail(let user):
            user.email
        case .verifyNewEmail(_, let email, _, _): email
        case .invitation(let letter): letter.invitation.email
        }
    }

    /// Its kind: URLs and tokens are secrets.
    public var description: String {
        switch self {
        case .verifyEmail: "verify-email"
        case .resetPassword: "reset-password"
        case .confirmEmailChange: "confirm-email-change"
        case .verifyNewEmail: "verify-new-email"
        case .deleteAccount: "delete-account"
        case .invitation: "invitation"
        case .signUpWithKnownEmail: "sign-up-with-known-email"
        }
    }
}

public struct AuthInvitationLetter: Sendable {
    public var invitation: Invitation
    public var organization: Organization
    public var inviter: AuthUser
    /// Proves that its holder reads the mail of `invitation.email`. It belongs in the letter's link and nowhere else; it ends with the invitation.
    public var token: String
}
