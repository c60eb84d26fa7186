import HTTPTypes
import TypedAPI

@Schema struct CheckSlugInput {
    var slug: String
}

/// `POST /organization/check-slug`: whether a slug is free.
struct CheckSlug: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/organization/check-slug"
    let organizations: Organizations
    let reader: SessionReader

    func handle(_ input: CheckSlugInput, _ call: inout AuthCall) async throws -> AuthReply<StatusOutput> {
        _ = try await call.requireSession(reader)
        if try await organizations.store.isTaken(slug: input.slug) { throw AuthError(.badRequest, .organizationSlugTaken) }
        return .ok(StatusOutput())
    }
}
