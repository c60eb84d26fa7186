import HTTPTypes
import JSON
import TypedAPI

@Schema struct CreateOrganizationInput {
    @Field(.length(1...)) var name: String
    @Field(.length(1...)) var slug: String
    @Field("userId", .notNull) var userID: String?
    var logo: String?
    @Field(.notNull) var metadata: JSONObject?
    @Field(.notNull) var keepCurrentActiveOrganization: Bool?
}

/// `POST /organization/create`: the caller becomes its first member, and the session's active organization is the new one.
struct CreateOrganization: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/organization/create"
    let organizations: Organizations
    let reader: SessionReader

    func handle(_ input: CreateOrganizationInput, _ call: inout AuthCall) async throws -> AuthReply<WrittenOrganizationView> {
        let session = try await call.requireSession(reader, else: .empty(.unauthorized))
        let wish = Organizations.Wish(
            name: input.name, slug: input.slug, logo: input.logo, metadata: input.metadata.map { JSONValue.object($0).text() })
        let (organization, member) = try await organizations.create(
            wish, by: session, activate: !(input.keepCurrentActiveOrganization ?? false))
        return .ok(WrittenOrganizationView(organization, members: [MemberView(member)]))
    }
}
