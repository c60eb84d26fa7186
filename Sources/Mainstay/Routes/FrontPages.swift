import BetterAuth
import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import TypedAPI

/// `/`, what this server is and where its documents are; `/error`, where links in mails end that do not work any more; and what browsers and
/// crawlers ask every site for.
struct FrontPages {
    let auth: Auth
    let probe: StoreProbe
    /// The public origin; no slash at its end.
    let baseURL: String

    private var entrance: PageEntrance { PageEntrance(auth: auth) }

    func add(to router: Router<AppContext>) {
        router.get("/") { request, context in
            guard request.prefersHTML else { return Self.varying(pointers) }
            return Self.varying(try await page(for: request, context, problem: Self.code(of: request).map(Self.sentence)))
        }
        router.post("/") { request, context in try await answer(request, context) }
        router.get("/error") { request, _ in Self.varying(Self.errorAnswer(to: request)) }
        let icon = StaticContent(Icon.bytes, as: "image/x-icon", headers: [.cacheControl: "public, max-age=86400"])
        router.get("/favicon.ico") { request, _ in icon.response(to: request) }
        // The front page alone is for strangers to find.
        let robots = StaticContent(
            Array("User-agent: *\nAllow: /$\nDisallow: /\n".utf8), as: "text/plain; charset=utf-8",
            headers: [.cacheControl: "public, max-age=86400"])
        router.get("/robots.txt") { request, _ in robots.response(to: request) }
    }

    private static func varying(_ response: Response) -> Response {
        var response = response
        response.headers.append(HTTPField(name: .vary, value: "Accept"))
        return response
    }

    // MARK: The front page

    /// For programs.
    private var pointers: Response {
        let tiers = [APITier.v1, .admin]
        func links(_ path: (APITier) -> String) -> JSONValue {
            .object(tiers.reduce(into: JSONObject()) { $0[$1.rawValue] = .string(baseURL + path($1)) })
        }
        return .json([
            "name": .string(HTMLPage.product), "version": .string(Version.current),
            "openapi": links(\.documentPath), "documentation": links(\.docsPath),
            "auth": .string(baseURL + "\(auth.basePath)"), "problems": .string("\(baseURL)/problems"),
            "health": .string("\(baseURL)/health"), "ready": .string("\(baseURL)/ready"),
        ])
    }

    private func page(
        for request: Request, _ context: AppContext, problem: String?, status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        // A store that is down is told of by the page itself.
        let session = try? await auth.session(for: request.headers)
        if let session { context.noteCookies(of: session) }
        let account =
            if let session {
                """
                <p>You are signed in as \(HTMLText.escaped(session.user.email)).</p>
                <form method="post"><button name="answer" value="sign-out">Sign out</button></form>
                """
            } else {
                PageEntrance.signInForm
            }
        return HTMLPage(
            title: HTMLPage.product,
            body: """
                <p>Queues of messages over HTTP: stored before they are accepted, and delivered to your endpoints, signed and with retries.</p>
                \(PageEntrance.shown(problem))
                <h2>Sign in</h2>
                \(account)
                <h2>API documentation</h2>
                <ul><li><a href="\(APITier.v1.docsPath)">Public API</a>, for programs with an API key
                (<a href="\(APITier.v1.documentPath)">OpenAPI</a>)</li>
                <li><a href="\(APITier.admin.docsPath)">Administration</a>, for members who are signed in
                (<a href="\(APITier.admin.documentPath)">OpenAPI</a>)</li>
                <li><a href="/problems">Problems</a>: what each error code means</li></ul>
                <h2>Status</h2>
                <p>\(state) (<a href="/ready">details</a>)</p>
                """,
            status: status,
            // An address beside what the link says.
            cacheControl: session == nil ? "no-store" : CacheControl.secret
        ).response
    }

    private var state: String {
        let down = probe.report().filter { $0.report.trouble != nil }.map { HTMLText.escaped($0.store.rawValue) }
        return down.isEmpty ? "Ready" : "Unavailable: \(down.joined(separator: ", "))"
    }

    private func answer(_ request: Request, _ context: AppContext) async throws -> Response {
        guard !entrance.isForeign(request) else {
            return HTMLPage(title: "Request blocked", body: "<p>Use the form of this page.</p>", status: .forbidden).response
        }
        let form = ByteBuffer(bytes: try await request.bytes(upTo: PageEntrance.bodyLimit))
        let text = String(buffer: form)
        if text == "answer=sign-out" {
            return PageEntrance.redirect(to: "/", await entrance.leave(request, clientAddress: context.clientAddress))
        }
        guard PageEntrance.Way(form: text) == .signIn else {
            return try await page(for: request, context, problem: "Fill in the form.", status: .badRequest)
        }
        switch await entrance.enter(.signIn, form, request, clientAddress: context.clientAddress) {
        case .entered(let cookies): return PageEntrance.redirect(to: "/", cookies)
        case .refused(let problem, let status): return try await page(for: request, context, problem: problem, status: status)
        }
    }

    // MARK: Errors

    /// What a redirect says that went wrong: at most 100 characters, whatever they are; nil when it says nothing.
    private static func code(of request: Request) -> String? {
        request.uri.queryParameters["error"].map { String($0.prefix(100)) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func sentence(_ code: String) -> String {
        switch code.lowercased() {
        case "invalid_token", "token_expired":
            "This link is no longer valid: it was used, or its time is over. Ask for a new one. (\(code))"
        default: "That did not work: \(code)"
        }
    }

    private static func errorAnswer(to request: Request) -> Response {
        let code = code(of: request) ?? "UNKNOWN"
        guard request.prefersHTML else { return .json(["error": .string(code)]) }
        return HTMLPage(
            title: "Error",
            body: """
                <p>\(HTMLText.escaped(sentence(code)))</p>
                <p>Code: <code>\(HTMLText.escaped(code))</code></p>
                <p><a href="/">To the front page</a></p>
                """
        ).response
    }
}
