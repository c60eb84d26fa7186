import HTTPTypes
import JSON

/// `POST /organization/set-active`: chooses the session's active organization; null chooses none, `{}` only asks.
struct SetActiveOrganization: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/organization/set-active"
    let organizations: Organizations
    let reader: SessionReader
    let cookies: AuthCookies

    func handle(_ call: inout AuthCall) async throws -> AuthReply {
        var fields = try FieldReader(body: call)
        let id = fields.optionalString("organizationId", orNull: true)
        let clears = fields.raw("organizationId") == .null
        let slug = fields.optionalString("organizationSlug")
        try fields.finish()
        let session = try await call.requireSession(reader)
        var body = JSONValue.null
        if clears {
            try await organizations.activate(nil, in: session)
        } else {
            // The id wins over the slug.
            guard let (organization, _) = try await organizations.resolve(id: id, slug: id == nil ? slug : nil, for: session) else {
                return .json(.null)
            }
            try await organizations.activate(organization.id, in: session)
            body = .object(organization.json)
        }
        if session.setCookies.isEmpty { call.setCookies += cookies.repeating(session.session.token, for: call.cookies) }
        return .json(body)
    }
}
