import HTTPTypes
import JSON

/// `POST /organization/create`: the caller becomes its first member, and the session's active organization is the new one.
struct CreateOrganization: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/organization/create"
    let organizations: Organizations
    let reader: SessionReader

    func handle(_ call: inout AuthCall) async throws -> AuthReply {
        var fields = try FieldReader(body: call)
        let name = fields.string("name", minimumLength: 1)
        let slug = fields.string("slug", minimumLength: 1)
        _ = fields.optionalString("userId")
        let logo = fields.optionalString("logo", orNull: true)
        let metadata = fields.optionalObject("metadata")
        let keepsActive = fields.optionalBool("keepCurrentActiveOrganization") ?? false
        try fields.finish()
        let session = try await call.requireSession(reader, else: .empty(.unauthorized))
        let wish = Organizations.Wish(name: name, slug: slug, logo: logo, metadata: metadata?.text())
        let (organization, member) = try await organizations.create(wish, by: session, activate: !keepsActive)
        var body = organization.writtenJSON
        body["members"] = [.object(member.json)]
        return .json(.object(body))
    }
}
