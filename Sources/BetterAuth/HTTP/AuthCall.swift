import HTTPTypes
import JSON

/// One request to an auth endpoint, read but not yet understood, and the cookies its answer will set.
struct AuthCall: Sendable {
    let method: HTTPRequest.Method
    /// Below the base path, such as `/sign-in/email`, exactly as sent.
    let path: String
    let query: QueryItems
    let headers: HTTPFields
    let cookies: RequestCookies
    /// nil when no body was sent.
    let body: JSONValue?
    /// Form fields are all texts.
    let isForm: Bool
    let clientAddress: String?
    /// `Set-Cookie` values of the answer, whatever it will be.
    var setCookies: [String] = []

    var origin: SessionService.Origin { .init(address: clientAddress, userAgent: headers[.userAgent]) }
}
