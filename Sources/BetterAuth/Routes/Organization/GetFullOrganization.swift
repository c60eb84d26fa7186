import HTTPTypes
import JSON

/// `GET /organization/get-full-organization`: an organization with its members and invitations.
struct GetFullOrganization: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/organization/get-full-organization"
    let organizations: Organizations
    let membershipLimit: Int
    let reader: SessionReader

    func handle(_ call: inout AuthCall) async throws -> AuthReply {
        var fields = FieldReader(query: call)
        let limit = fields.optionalInt("membersLimit")
        try fields.finish()
        let session = try await call.requireSession(reader)
        let found = try await organizations.resolve(
            id: call.query["organizationId"], slug: call.query["organizationSlug"], for: session)
        guard let (organization, _) = found else { return .json(.null) }
        let members = try await organizations.members.profiles(of: organization.id, limit: min(limit ?? membershipLimit, 1000))
        let invitations = try await organizations.store.invitations(of: organization.id, limit: 100)
        var body = organization.json
        body["invitations"] = .array(invitations.map(\.json))
        body["members"] = .array(members.map(\.json))
        return .json(.object(body))
    }
}
