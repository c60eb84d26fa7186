import HTTPTypes
import JSON

/// `POST /organization/check-slug`: whether a slug is free.
struct CheckSlug: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/organization/check-slug"
    let organizations: Organizations
    let reader: SessionReader

    func handle(_ call: inout AuthCall) async throws -> AuthReply {
        var fields = try FieldReader(body: call)
        let slug = fields.string("slug")
        try fields.finish()
        _ = try await call.requireSession(reader)
        if try await organizations.store.isTaken(slug: slug) { throw AuthError(.badRequest, .organizationSlugTaken) }
        return .json(["status": true])
    }
}
