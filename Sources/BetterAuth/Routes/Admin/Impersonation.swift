import HTTPTypes
import TypedAPI

/// `POST /admin/impersonate-user`: the admin's own session waits in a cookie.
struct ImpersonateUser: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/admin/impersonate-user"
    let admin: Administration
    let reader: SessionReader
    let cookies: AuthCookies

    func handle(_ input: UserIDInput, _ call: inout AuthCall) async throws -> AuthReply<SignedInView> {
        let session = try await call.requireAdmin(reader)
        try admin.require("impersonate", session, else: .youAreNotAllowedToImpersonateUsers)
        // Whoever acts as another user already would lose the way back to the own session.
        guard session.session.impersonatedBy == nil else { throw AuthError(.forbidden, .youAreNotAllowedToImpersonateUsers) }
        let other = try await admin.impersonate(input.userID.text, by: session, from: call.origin)
        let wasForgetful = cookies.isForgetful(call.cookies)
        call.set(cookies.ending(for: call.cookies))
        call.set([cookies.keepingAdmin(session.session.token, isForgetful: wasForgetful)])
        call.begin(other, remember: false, cookies)
        return .ok(SignedInView(other))
    }
}

/// `POST /admin/stop-impersonating`: back to the admin's own session; 401 without any session where that one has ended or is not named.
struct StopImpersonating: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/admin/stop-impersonating"
    let isBodyOptional = true
    let admin: Administration
    let reader: SessionReader
    let cookies: AuthCookies

    func handle(_ input: NoInput, _ call: inout AuthCall) async throws -> AuthReply<SignedInView> {
        let session = try await call.requireAdmin(reader)
        let kept = cookies.keptAdmin(in: call.cookies)
        guard let own = try await admin.stopImpersonating(session, adminToken: kept?.token) else {
            call.set(cookies.ending(for: call.cookies) + [cookies.expiring(cookies.adminSession)])
            throw AuthError(.unauthorized, .failedToGetSession, message: "Failed to find admin session")
        }
        call.begin(own, remember: kept?.isForgetful != true, cookies)
        call.set([cookies.expiring(cookies.adminSession)])
        return .ok(SignedInView(own))
    }
}
