import HTTPTypes
import TypedAPI

@Schema struct DeleteOrganizationInput {
    @Field("organizationId") var organizationID: String
}

/// `POST /organization/delete`
struct DeleteOrganization: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/organization/delete"
    let organizations: Organizations
    let reader: SessionReader

    func handle(_ input: DeleteOrganizationInput, _ call: inout AuthCall) async throws -> AuthReply<OrganizationView> {
        guard organizations.access.rules.deletionIsEnabled else { throw AuthError(.notFound, .organizationDeletionDisabled) }
        let session = try await call.requireSession(reader, else: .empty(.unauthorized))
        return .ok(OrganizationView(try await organizations.delete(input.organizationID, by: session)))
    }
}
