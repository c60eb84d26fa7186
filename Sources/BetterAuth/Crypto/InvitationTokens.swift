import Crypto
import Primitives

/// The tokens inside the mails of invitations: each proves that its holder reads the mail of one invitation's address.
///
/// A token is worth nothing once its invitation has been answered, was canceled or has expired, so it carries no time of its own.
struct InvitationTokens: Sendable {
    private let key: SymmetricKey

    init(secret: String) {
        // A key of its own: what is signed here must not pass for a cookie or for a token of another kind.
        key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: Array(secret.utf8)), info: Array("invitation-token".utf8), outputByteCount: 32)
    }

    func make(for invitation: Invitation) -> String {
        let text = "\(invitation.id)\n\(invitation.email)"
        return Base64URL.encode(Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)))
    }

    func isValid(_ token: String, for invitation: Invitation) -> Bool { constantTimeEquals(token, make(for: invitation)) }
}
