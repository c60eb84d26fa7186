import BetterAuth
import HTTPTypes
import Hummingbird
import NIOCore
import TypedAPI

/// `/invitations/<id>`: where the link in an invitation's mail leads. Its receiver signs in or up, and accepts or declines, without a script.
struct InvitationPages {
    let auth: Auth

    private static let bodyLimit = 4096

    func add(to router: Router<AppContext>) {
        router.get("/invitations/{invitation}") { request, context in
            try await answer(request, context) { id, session in try await shown(id, to: session) }
        }
        router.post("/invitations/{invitation}") { request, context in
            let isForeign: Bool
            do throws(AuthError) {
                try auth.verifyOrigin(method: request.method, headers: request.headers)
                isForeign = false
            } catch {
                isForeign = true
            }
            // Another site may make a browser send this; what it answers shows nothing.
            if isForeign { return refused("Not from here", "Open the link of the invitation and answer on its page.", .forbidden) }
            let form = ByteBuffer(bytes: try await request.bytes(upTo: Self.bodyLimit))
            let text = String(buffer: form)
            for way in Entrance.allCases where text.hasPrefix("answer=\(way.rawValue)&") {
                return await enter(way, form, request, context)
            }
            return try await answer(request, context) { id, session in
                switch text {
                case "answer=accept": try await accepted(id, by: session)
                case "answer=decline": try await declined(id, by: session)
                default: HTMLPage(title: "No answer", body: "<p>Accept or decline the invitation.</p>", status: .badRequest)
                }
            }
        }
    }

    private func answer(
        _ request: Request, _ context: AppContext, _ page: (String, AuthSession) async throws -> HTMLPage
    ) async throws -> Response {
        guard let session = try await auth.session(for: request.headers) else { return entrance().response }
        var response: Response
        do {
            response = try await page(context.parameters.get("invitation") ?? "", session).response
        } catch let error as AuthError {
            response = refusal(error, session)
        }
        for cookie in session.setCookies { response.headers.append(HTTPField(name: .setCookie, value: cookie)) }
        return response
    }

    // MARK: Signing in

    private enum Entrance: String, CaseIterable {
        case signIn = "sign-in"
        case signUp = "sign-up"
    }

    /// Sends the form on to the auth routes, whose limits and checks count here too, and comes back to this page.
    private func enter(_ way: Entrance, _ form: ByteBuffer, _ request: Request, _ context: AppContext) async -> Response {
        var head = request.head
        head.path = "\(auth.basePath)/\(way.rawValue)/email"
        let answer = await auth.respond(to: Request(head: head, body: RequestBody(buffer: form)), clientAddress: context.clientAddress)
        let cookies = answer.headers[values: .setCookie]
        guard answer.status == .ok, !cookies.isEmpty else {
            let problem =
                switch (answer.status, way) {
                case (.ok, _): "Follow the link in the mail that was just sent to you, then sign in here."
                case (.unauthorized, _): "That address and that password do not belong together."
                case (.tooManyRequests, _): "Too many tries. Wait a moment."
                case (_, .signIn): "Signing in was refused."
                case (_, .signUp): "Signing up was refused: the address may have an account, or the password is shorter than 8 characters."
                }
            return entrance(problem, status: answer.status).response
        }
        var response = Response(status: .seeOther, headers: [.location: location(of: request), .cacheControl: "no-store"])
        for cookie in cookies { response.headers.append(HTTPField(name: .setCookie, value: cookie)) }
        return response
    }

    /// This page again; a path that begins with two slashes would be another host's.
    private func location(of request: Request) -> String { "/" + request.uri.path.drop { $0 == "/" } }

    /// The same for every id: whether there is such an invitation is told to its receiver alone.
    private func entrance(_ problem: String? = nil, status: HTTPResponse.Status = .ok) -> HTMLPage {
        let account = """
            <p><label>Address <input name="email" type="email" autocomplete="email" required></label></p>
            <p><label>Password <input name="password" type="password" required></label></p>
            """
        return HTMLPage(
            title: "An invitation",
            body: """
                \(problem.map { "<p><strong>\(HTMLText.escaped($0))</strong></p>" } ?? "")
                <p>Sign in with the address that the invitation was sent to.</p>
                <form method="post"><input type="hidden" name="answer" value="sign-in">\(account)
                <button class="main">Sign in</button></form>
                <p>Or sign up with it.</p>
                <form method="post"><input type="hidden" name="answer" value="sign-up">
                <p><label>Name <input name="name" autocomplete="name" required></label></p>\(account)
                <button>Sign up</button></form>
                """, status: status)
    }

    // MARK: Answering

    private func shown(_ id: String, to session: AuthSession) async throws -> HTMLPage {
        let shown = try await auth.invitations.find(id: id, for: session)
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

    private func accepted(_ id: String, by session: AuthSession) async throws -> HTMLPage {
        let shown = try await auth.invitations.find(id: id, for: session)
        let member = try await auth.invitations.accept(id: id, by: session)
        return HTMLPage(
            title: "Welcome to \(shown.organization.name)",
            body: "<p>You are a member now: \(HTMLText.escaped(member.role)).</p>")
    }

    private func declined(_ id: String, by session: AuthSession) async throws -> HTMLPage {
        try await auth.invitations.reject(id: id, by: session)
        return HTMLPage(title: "Declined", body: "<p>The invitation counts no more. You can close this page.</p>")
    }

    private func refusal(_ error: AuthError, _ session: AuthSession) -> Response {
        let who = " You are signed in as \(session.user.email)."
        return switch error.code {
        case .youAreNotTheRecipientOfTheInvitation:
            refused("Not your invitation", "It was sent to another address." + who, .forbidden)
        case .emailVerificationRequiredForInvitation, .emailVerificationRequiredBeforeAcceptingOrRejectingInvitation:
            refused("Verify your address first", "A mail says how." + who, .forbidden)
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
