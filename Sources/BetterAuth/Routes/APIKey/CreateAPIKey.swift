import HTTPTypes
import JSON
import Primitives

/// `POST /api-key/create`: the only answer that ever shows the plain key.
struct CreateAPIKey: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/api-key/create"
    let keys: APIKeys
    let access: APIKeyAccess
    let reader: SessionReader

    func handle(_ call: inout AuthCall) async throws -> AuthReply {
        var fields = try FieldReader(body: call)
        let configID = fields.optionalString("configId")
        let name = fields.optionalString("name")
        let expiresIn = fields.optionalNumber("expiresIn", orNull: true, minimum: 1)
        let prefix = fields.optionalString("prefix")
        if let prefix, !prefix.utf8.allSatisfy(Self.isPrefixByte) {
            fields.report("prefix", "Invalid prefix format, must be alphanumeric and contain only underscores and hyphens.")
        }
        let organization = fields.optionalString("organizationId")
        try fields.finish()
        try APIKeyFields.refuseServerOnly(fields)

        let configuration = try keys.configuration(configID)
        let session = try await call.session(reader)
        if fields.raw("userId") != nil { throw AuthError(.unauthorized, .apiKeyUnauthorized) }
        if configuration.owner == .organization, organization == nil { throw AuthError(.badRequest, .apiKeyOrganizationRequired) }
        guard let session else { throw AuthError(.unauthorized, .apiKeyUnauthorized) }
        var owner = session.user.id
        if configuration.owner == .organization, let organization {
            try await access.check(.create, by: session, in: organization)
            owner = organization
        }
        let wish = APIKeyWish(
            referenceID: owner, name: name, prefix: prefix,
            expiresIn: expiresIn.map { APIKeyFields.duration(seconds: $0) }, metadata: APIKeyFields.metadata(fields))
        let (record, plainKey) = try await keys.create(wish, under: configuration)
        return .json(record.json(plainKey: plainKey))
    }

    private static func isPrefixByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
        }
    }
}
