import HTTPTypes
import JSON
import Primitives
import TypedAPI

@Schema struct CreateAPIKeyInput {
    @Field("configId", .notNull) var configID: String?
    @Field(.notNull) var name: String?
    /// Seconds.
    @Field(.range(1...)) var expiresIn: Double?
    @Field(
        .notNull,
        .refine("format", "Invalid prefix format, must be alphanumeric and contain only underscores and hyphens.", APIKeyRules.isPrefix))
    var prefix: String?
    /// Any value: its shape is checked after the session, with a code of its own.
    var metadata: JSONValue = .null
    @Field("organizationId", .notNull) var organizationID: String?
    // Only the server itself may set these; their types are checked before that is said.
    @Field(.range(0...)) var remaining: Double?
    @Field(.notNull, .range(1...)) var refillAmount: Double?
    @Field(.notNull) var refillInterval: Double?
    @Field(.notNull) var rateLimitTimeWindow: Double?
    @Field(.notNull) var rateLimitMax: Double?
    @Field(.notNull) var rateLimitEnabled: Bool?
    @Field(.notNull) var permissions: [String: [String]]?
    /// An addition to the contract: where the key may be used from.
    @Field(.count(1...100)) var allowedAddresses: [AllowedAddress]?
}

/// `POST /api-key/create`: the only answer that ever shows the plain key.
struct CreateAPIKey: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/api-key/create"
    let keys: APIKeys
    let access: APIKeyAccess
    let reader: SessionReader

    func handle(_ input: CreateAPIKeyInput, _ call: inout AuthCall) async throws -> AuthReply<APIKeyView> {
        try APIKeyRules.refuseServerOnly(call)
        let configuration = try keys.configuration(input.configID)
        let session = try await call.session(reader, .authoritative)
        if call.raw("userId") != nil { throw AuthError(.unauthorized, .apiKeyUnauthorized) }
        if configuration.owner == .organization, input.organizationID == nil {
            throw AuthError(.badRequest, .apiKeyOrganizationRequired)
        }
        guard let session else { throw AuthError(.unauthorized, .apiKeyUnauthorized) }
        var owner = session.user.id
        if configuration.owner == .organization, let organization = input.organizationID {
            try await access.check(.create, by: session, in: organization)
            owner = organization
        }
        let wish = APIKeyWish(
            referenceID: owner, name: input.name, prefix: input.prefix,
            expiresIn: input.expiresIn.map { APIKeyRules.duration(seconds: $0) },
            metadata: input.metadata.isNull ? JSONValue?.none : input.metadata, allowedAddresses: input.allowedAddresses)
        let (record, plainKey) = try await keys.create(wish, under: configuration)
        await keys.events.record(
            .keyCreated, actor: session, subject: record.id, organization: configuration.owner == .organization ? owner : nil)
        return .ok(APIKeyView(record, plainKey: plainKey, additions: try await keys.additions(of: [record.id])[record.id]))
    }
}
