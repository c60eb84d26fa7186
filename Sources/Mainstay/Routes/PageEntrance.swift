import BetterAuth
import HTTPTypes
import Hummingbird
import NIOCore

/// Signs people in, up and out from a page: sends its form on to the auth routes, whose limits and checks count here too.
struct PageEntrance {
    let auth: Auth

    /// Of a form, in bytes.
    static let bodyLimit = 4096

    enum Way: String, CaseIterable {
        case signIn = "sign-in"
        case signUp = "sign-up"

        /// nil when the form is another.
        init?(form: String) {
            guard let way = Self.allCases.first(where: { form.hasPrefix("answer=\($0.rawValue)&") }) else { return nil }
            self = way
        }
    }

    enum Outcome {
        case entered([String])
        case refused(String, HTTPResponse.Status)
    }

    /// Whether another site made the browser send this.
    func isForeign(_ request: Request) -> Bool {
        do throws(AuthError) {
            try auth.verifyOrigin(method: request.method, headers: request.headers)
            return false
        } catch {
            return true
        }
    }

    func enter(_ way: Way, _ form: ByteBuffer, _ request: Request, clientAddress: String?) async -> Outcome {
        let answer = await forward("\(way.rawValue)/email", form, request, clientAddress)
        let cookies = answer.headers[values: .setCookie]
        if answer.status == .ok, !cookies.isEmpty { return .entered(cookies) }
        let problem =
            switch (answer.status, way) {
            case (.ok, _): "Follow the link in the mail that was just sent to you, then sign in here."
            case (.unauthorized, _): "That address and that password do not belong together."
            case (.tooManyRequests, _): "Too many tries. Wait a moment."
            case (_, .signIn): "Signing in was refused."
            case (_, .signUp): "Signing up was refused: the address may have an account, or the password is shorter than 8 characters."
            }
        return .refused(problem, answer.status)
    }

    /// - Returns: the cookies that end the session in the browser.
    func leave(_ request: Request, clientAddress: String?) async -> [String] {
        await forward("sign-out", ByteBuffer(), request, clientAddress).headers[values: .setCookie]
    }

    private func forward(_ path: String, _ form: ByteBuffer, _ request: Request, _ clientAddress: String?) async -> Response {
        var head = request.head
        head.path = "\(auth.basePath)/\(path)"
        head.headerFields[.contentLength] = nil
        return await auth.respond(to: Request(head: head, body: RequestBody(buffer: form)), clientAddress: clientAddress)
    }

    // MARK: Pages

    static func redirect(to location: String, _ cookies: [String]) -> Response {
        var response = Response(status: .seeOther, headers: [.location: location, .cacheControl: "no-store"])
        for cookie in cookies { response.headers.append(HTTPField(name: .setCookie, value: cookie)) }
        return response
    }

    static func shown(_ problem: String?) -> String { problem.map { "<p><strong>\(HTMLText.escaped($0))</strong></p>" } ?? "" }

    private static let account = """
        <p><label>Address <input name="email" type="email" autocomplete="email" required></label></p>
        <p><label>Password <input name="password" type="password" required></label></p>
        """

    static let signInForm = """
        <form method="post"><input type="hidden" name="answer" value="sign-in">\(account)
        <button class="main">Sign in</button></form>
        """

    static let signUpForm = """
        <form method="post"><input type="hidden" name="answer" value="sign-up">
        <p><label>Name <input name="name" autocomplete="name" required></label></p>\(account)
        <button>Sign up</button></form>
        """
}
