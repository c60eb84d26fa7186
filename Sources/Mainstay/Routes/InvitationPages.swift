import BetterAuth
import HTTPTypes
import Hummingbird
import NIOCore
import TypedAPI

/// `/invitations/<id>?token=…`: where the link in an invitation's mail leads. Its receiver signs in or up, and accepts or declines, without a
/// script. The token shows that the mail was received; without it the receiver's address must have been verified.
struct InvitationPages {
    let auth: Auth

    private var entrance: PageEntrance { PageEntrance(auth: auth) }

    func add(to router: Router<AppContext>) {
        router.get("/invitations/{invitation}") { request, context in
            try await answer(request, context) { id, session in try await shown(id, token(of: request), to: session) }
        }
        router.post("/invitations/{invitation}") { request, context in
            // Another site may make a browser send this; what it answers shows nothing.
            if entrance.isForeign(request) {
                return refused("Not from here", "Open the link of the invitation and answer on its page.", .forbidden)
            }
            let form = ByteBuffer(bytes: try await request.bytes(upTo: PageEntrance.bodyLimit))
            let text = String(buffer: form)
            if let way = PageEntrance.Way(form: text) { return await enter(way, form, request, context) }
            return try await answer(request, context) { id, session in
                switch text {
                case "answer=accept": try await accepted(id, token(of: request), by: session)
                case "answer=decline": try await declined(id, token(of: request), by: session)
                default: HTMLPage(title: "No answer", body: "<p>Accept or decline the invitation.</p>", status: .badRequest)
                }
            }
        }
    }

    private func answer(
        _ request: Request, _ context: AppContext, _ page: (String, AuthSession) async throws -> HTMLPage
    ) async throws -> Response {
        guard let session = try await auth.session(for: request.headers) else { return entrancePage().response }
        context.noteCookies(of: session)
        do {
            return try await page(context.parameters.get("invitation") ?? "", session).response
        } catch let error as AuthError {
            return refusal(error, session)
        }
    }

    // MARK: Signing in

    /// Comes back to this page.
    private func enter(_ way: PageEntrance.Way, _ form: ByteBuffer, _ request: Request, _ context: AppContext) async -> Response {
        switch await entrance.enter(way, form, request, clientAddress: context.clientAddress) {
        case .entered(let cookies): return PageEntrance.redirect(to: location(of: request), cookies)
        case .refused(let problem, let status): return entrancePage(problem, status: status).response
        }
    }

    /// This page again; a path that begins with two slashes would be another host's.
    private func location(of request: Request) -> String {
        "/" + request.uri.path.drop { $0 == "/" } + (token(of: request).map { "?token=\($0)" } ?? "")
    }

    /// The token of the mail; nil when there is none that could be one.
    private func token(of request: Request) -> String? {
        guard let token = request.uri.queryParameters["token"], (1...128).contains(token.utf8.count) else { return nil }
        return token.utf8.allSatisfy(Self.isTokenByte) ? String(token) : nil
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "-_".utf8.contains(byte)
        }
    }

    /// The same for every id: whether there is such an invitation is told to its receiver alone.
    private func entrancePage(_ problem: String? = nil, status: HTTPResponse.Status = .ok) -> HTMLPage {
        HTMLPage(
            title: "An invitation",
            body: """
                \(PageEntrance.shown(problem))
                <p>Sign in with the address that the invitation was sent to.</p>
                \(PageEntrance.signInForm)
                <p>Or sign up with it.</p>
                \(PageEntrance.signUpForm)
                """, status: status)
    }

    // MARK: Answering

    private func shown(_ id: String, _ token: String?, to session: AuthSession) async throws -> HTMLPage {
        let shown = try await auth.invitations.find(id: id, for: session, token: token)
        let organization = HTMLText.escaped(shown.organization.name)
        return HTMLPage(
            title: "Join \(shown.organization.name)?",
            body: """
                <p>\(HTMLText.escaped(shown.inviter.name)) (\(HTMLText.escaped(shown.inviter.email))) invites you to join
                <strong>\(organization)</strong> as \(HTMLText.escaped(shown.invitation.role ?? "member")).</p>
                <p>You are signed in as \(HTMLText.escaped(session.user.email)).</p>
                <form method="post"><button class="main" name="answer" value="accept">Accept</button></form>
                <form method="post"><button name="answer" value="decline">Decline</button></form>
                """)
    }

    private func accepted(_ id: String, _ token: String?, by session: AuthSession) async throws -> HTMLPage {
        let shown = try await auth.invitations.find(id: id, for: session, token: token)
        let member = try await auth.invitations.accept(id: id, by: session, token: token)
        return HTMLPage(
            title: "Welcome to \(shown.organization.name)",
            body: "<p>You are a member now: \(HTMLText.escaped(member.role)).</p>")
    }

    private func declined(_ id: String, _ token: String?, by session: AuthSession) async throws -> HTMLPage {
        try await auth.invitations.reject(id: id, by: session, token: token)
        return HTMLPage(title: "Declined", body: "<p>The invitation counts no more. You can close this page.</p>")
    }

    private func refusal(_ error: AuthError, _ session: AuthSession) -> Response {
        let who = " You are signed in as \(session.user.email)."
        return switch error.code {
        case .youAreNotTheRecipientOfTheInvitation:
            refused("Not your invitation", "It was sent to another address." + who, .forbidden)
        case .emailVerificationRequiredForInvitation, .emailVerificationRequiredBeforeAcceptingOrRejectingInvitation:
            refused(
                "Open the link of the mail", "The whole link of the invitation's mail shows that the address is yours." + who, .forbidden)
        case .inviterIsNoLongerAMemberOfTheOrganization, .youAreNotAllowedToInviteUserWithThisRole, .roleNotFound:
            refused("No longer valid", "Who sent the invitation can no longer offer this. Ask for another one." + who, .notFound)
        case .membershipLimitReached:
            refused("No room", "The organization has as many members as it may have.", .forbidden)
        default:
            refused("No such invitation", "It was answered already, was canceled, or has expired." + who, .notFound)
        }
    }

    private func refused(_ title: String, _ text: String, _ status: HTTPResponse.Status) -> Response {
        HTMLPage(title: title, body: "<p>\(HTMLText.escaped(text))</p>", status: status).response
    }
}
