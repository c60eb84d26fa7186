import HTTPTypes
import JSON

/// One request to an auth endpoint, read but not yet understood, and the cookies its answer will set.
struct AuthCall: Sendable {
    enum Body: Sendable {
        case none
        case json(JSONValue, bytes: [UInt8])
        case form(QueryItems)
    }

    let method: HTTPRequest.Method
    /// Below the base path, such as `/sign-in/email`, exactly as sent.
    let path: String
    /// What stands where the endpoint's path has a segment in braces.
    let pathParameter: String?
    let query: QueryItems
    let headers: HTTPFields
    var cookies: RequestCookies
    let body: Body
    let clientAddress: String?
    /// The session that an API key of the request stands for.
    var keySession: AuthSession?
    /// `Set-Cookie` values of the answer, whatever it will be.
    var setCookies: [String] = []

    var origin: SessionService.Origin { .init(address: clientAddress, userAgent: headers[.userAgent]) }

    /// The body as a value; a form is an object of texts.
    var value: JSONValue? {
        switch body {
        case .none: nil
        case .json(let value, _): value
        case .form(let items): .object(items.object)
        }
    }

    /// A member of the body or parameter of the query as it came; nil when it is not there.
    func raw(_ name: String) -> JSONValue? {
        method == .get ? query[name].map(JSONValue.string) : value?[name]
    }

    /// Queues a cookie; one of the same name that was queued before is withdrawn, so that none of a withdrawn session stays behind.
    mutating func set(_ cookies: [String]) {
        for cookie in cookies {
            let name = cookie.prefix { $0 != "=" } + "="
            setCookies.removeAll { $0.hasPrefix(name) }
        }
        setCookies += cookies
    }
}
