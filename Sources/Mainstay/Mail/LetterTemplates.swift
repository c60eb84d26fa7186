import BetterAuth
import Mail

/// What the letters of the auth routes say; a file in the operator's folder says it differently.
enum LetterTemplates {
    static let all: [MailTemplate] = [
        template(
            "verify-email", subject: "Verify your e-mail address",
            "Hello {{name}},\n\nfollow this link to show that this address is yours:", action: "Verify my address",
            "If you did not sign up, ignore this message."),
        template(
            "reset-password", subject: "Set a new password",
            "Hello {{name}},\n\nfollow this link within an hour to set a new password:", action: "Set a new password",
            "If you did not ask for it, ignore this message: your password stays as it is."),
        template(
            "confirm-email-change", subject: "Change your e-mail address?",
            "Hello {{name}},\n\nsomebody signed in to your account asked to change its address to {{newEmail}}. If it was you, follow this link:",
            action: "Change my address", "If it was not you, change your password now."),
        template(
            "verify-new-email", subject: "Verify your new e-mail address",
            "Hello {{name}},\n\nfollow this link to make {{newEmail}} the address of your account:", action: "Verify my new address",
            "If you know nothing of it, ignore this message."),
        template(
            "delete-account", subject: "Delete your account?",
            "Hello {{name}},\n\nfollow this link to delete your account for good:", action: "Delete my account",
            "If you did not ask for it, change your password now."),
        template(
            "invitation", subject: "{{inviter}} invites you to {{organization}}",
            "Hello,\n\n{{inviter}} ({{inviterEmail}}) invites you to join {{organization}} as {{role}}. Follow this link, and sign in or up with this address:",
            action: "See the invitation", "If you know nothing of it, ignore this message."),
        MailTemplate(
            name: "sign-up-with-known-email", subject: "You already have an account",
            text: "Hello {{name}},\n\nsomebody tried to sign up with your address, which has an account. If it was you, sign in instead.\n",
            html: page(
                "<p>Hello {{name}},</p><p>somebody tried to sign up with your address, which has an account. If it was you, sign in instead.</p>"
            )),
    ]

    private static func template(
        _ name: String, subject: String, _ opening: String, action: String, _ closing: String
    ) -> MailTemplate {
        let paragraphs = opening.replacing("\n\n", with: "</p><p>")
        return MailTemplate(
            name: name, subject: subject, text: "\(opening)\n\n{{url}}\n\n\(closing)\n",
            html: page("<p>\(paragraphs)</p><p><a href=\"{{url}}\">\(action)</a></p><p>\(closing)</p>"))
    }

    private static func page(_ body: String) -> String {
        "<!doctype html><html><body style=\"font:16px/1.5 sans-serif;color:#1c2330\">\(body)</body></html>"
    }

    /// What a letter's template is told.
    static func values(of letter: AuthLetter, baseURL: String) -> [String: String] {
        switch letter {
        case .verifyEmail(let user, let url, _), .resetPassword(let user, let url, _), .deleteAccount(let user, let url, _):
            ["name": line(user.name), "email": user.email, "url": url]
        case .confirmEmailChange(let user, let new, let url, _), .verifyNewEmail(let user, let new, let url, _):
            ["name": line(user.name), "email": user.email, "newEmail": new, "url": url]
        case .invitation(let letter):
            [
                "inviter": line(letter.inviter.name), "inviterEmail": letter.inviter.email, "organization": line(letter.organization.name),
                "role": letter.invitation.role ?? "member", "email": letter.invitation.email,
                "url": "\(baseURL)/invitations/\(letter.invitation.id)?token=\(letter.token)",
            ]
        case .signUpWithKnownEmail(let user): ["name": line(user.name), "email": user.email]
        }
    }

    /// What a person typed as a name, as one short line: a letter to somebody else must not carry a text of theirs.
    private static func line(_ name: String) -> String {
        let text = HeaderText(stripping: name).text
        return text.count <= longestName ? text : text.prefix(longestName) + "…"
    }

    private static let longestName = 80
}
