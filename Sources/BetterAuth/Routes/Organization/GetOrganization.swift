import HTTPTypes
import JSON

/// `GET /organization/get-organization`: by slug, by id, or the active one; `null` when none is meant.
struct GetOrganization: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/organization/get-organization"
    let organizations: Organizations
    let reader: SessionReader

    func handle(_ call: inout AuthCall) async throws -> AuthReply {
        let session = try await call.requireSession(reader)
        let found = try await organizations.resolve(
            id: call.query["organizationId"], slug: call.query["organizationSlug"], for: session)
        return .json(found.map { .object($0.0.json) } ?? .null)
    }
}
