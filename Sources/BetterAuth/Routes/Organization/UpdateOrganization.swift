import HTTPTypes
import JSON
import TypedAPI

@Schema struct UpdateOrganizationInput {
    @Schema(name: "OrganizationChange") struct Change {
        @Field(.notNull, .length(1...)) var name: String?
        @Field(.notNull, .length(1...)) var slug: String?
        var logo: Patch<String>
        @Field(.notNull) var metadata: JSONObject?
    }

    var data: Change
    @Field("organizationId", .notNull) var organizationID: String?
}

/// `POST /organization/update`
struct UpdateOrganization: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/organization/update"
    let organizations: Organizations
    let reader: SessionReader

    func handle(_ input: UpdateOrganizationInput, _ call: inout AuthCall) async throws -> AuthReply<WrittenOrganizationView> {
        let session = try await call.requireSession(reader, else: .uncoded(.unauthorized, "User not found"))
        guard let id = input.organizationID ?? session.session.activeOrganizationID else {
            throw AuthError(.badRequest, .organizationNotFound)
        }
        let change = Organizations.Change(
            name: input.data.name, slug: input.data.slug, logo: input.data.logo,
            metadata: input.data.metadata.map { JSONValue.object($0).text() })
        return .ok(WrittenOrganizationView(try await organizations.update(id, change, by: session)))
    }
}
