import HTTPTypes
import JSON

/// Refuses requests that another site made a browser send, and redirects to foreign places.
struct OriginPolicy: Sendable {
    let origins: TrustedOrigins

    /// Requests with cookies that may change something must name a trusted origin. Without a Cookie header there is nothing to abuse.
    func checkOrigin(of method: HTTPRequest.Method, _ headers: HTTPFields) throws(AuthError) {
        guard Self.mayChange(method), headers.contains(.cookie) else { return }
        try requireTrustedOrigin(headers)
    }

    /// Sign-in forms are checked without cookies too: a foreign site must not sign a browser in to another account.
    func checkForm(_ headers: HTTPFields) throws(AuthError) {
        if headers.contains(.cookie) { return try requireTrustedOrigin(headers) }
        let site = headers.text(of: "Sec-Fetch-Site")
        let mode = headers.text(of: "Sec-Fetch-Mode")
        if site != nil || mode != nil || headers.text(of: "Sec-Fetch-Dest") != nil {
            if site == "cross-site", mode == "navigate" { throw AuthError(.forbidden, .crossSiteNavigationLoginBlocked) }
            return try requireTrustedOrigin(headers)
        }
        if headers.contains(.origin) || headers.contains(.referer) { try requireTrustedOrigin(headers) }
    }

    /// Where a request wants its user to be sent on must be a place of ours.
    func checkTargets(of method: HTTPRequest.Method, body: JSONValue?, query: QueryItems) throws(AuthError) {
        guard Self.mayChange(method) else { return }
        let callback = body?["callbackURL"].flatMap { Self.isTruthy($0) ? $0 : nil } ?? query["callbackURL"].map(JSONValue.string)
        try checkTarget(callback, "callbackURL", .invalidCallbackURL)
        try checkTarget(body?["redirectTo"], "redirectURL", .invalidRedirectURL)
        try checkTarget(body?["errorCallbackURL"], "errorCallbackURL", .invalidErrorCallbackURL)
        try checkTarget(body?["newUserCallbackURL"], "newUserCallbackURL", .invalidNewUserCallbackURL)
    }

    /// Where a link that was opened leads on to.
    func checkCallback(_ target: String) throws(AuthError) {
        guard target.isEmpty || origins.trustsTarget(target) else { throw AuthError(.forbidden, .invalidCallbackURL) }
    }

    private func checkTarget(_ value: JSONValue?, _ label: String, _ code: AuthErrorCode) throws(AuthError) {
        guard let value, Self.isTruthy(value) else { return }
        guard let target = value.string else { throw .uncoded(.badRequest, "Invalid \(label): expected a string") }
        guard origins.trustsTarget(target) else { throw AuthError(.forbidden, code) }
    }

    private func requireTrustedOrigin(_ headers: HTTPFields) throws(AuthError) {
        guard let origin = headers.text(of: "Origin") ?? headers.text(of: "Referer"), origin != "null" else {
            throw AuthError(.forbidden, .missingOrNullOrigin)
        }
        guard origins.trusts(origin) else { throw AuthError(.forbidden, .invalidOrigin) }
    }

    private static func mayChange(_ method: HTTPRequest.Method) -> Bool {
        method != .get && method != .head && method != .options
    }

    private static func isTruthy(_ value: JSONValue) -> Bool {
        switch value {
        case .null: false
        case .bool(let flag): flag
        case .number(let number): number.double != 0
        case .string(let text): !text.isEmpty
        case .array, .object: true
        }
    }
}

extension HTTPFields {
    /// The header's value; nil when it is absent or empty.
    func text(of name: String) -> String? {
        guard let name = HTTPField.Name(name), let value = self[name], !value.isEmpty else { return nil }
        return value
    }
}
