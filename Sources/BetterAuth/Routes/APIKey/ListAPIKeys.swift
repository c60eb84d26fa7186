import HTTPTypes
import TypedAPI

@Schema struct ListAPIKeysInput {
    @Field("configId", .notNull) var configID: String?
    @Field("organizationId", .notNull) var organizationID: String?
    @Field(.notNull, .range(0...)) var limit: Int?
    @Field(.notNull, .range(0...)) var offset: Int?
    @Field(.notNull) var sortBy: String?
    @Field(.notNull, .oneOf("asc", "desc")) var sortDirection: String?
}

@Schema struct ListAPIKeysOutput {
    var apiKeys: [APIKeyView]
    var total: Int
    /// As asked.
    @Field(.omitNil) var limit: Int?
    @Field(.omitNil) var offset: Int?
}

/// `GET /api-key/list`: the caller's keys, or an organization's.
struct ListAPIKeys: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/api-key/list"
    let keys: APIKeys
    let access: APIKeyAccess
    let reader: SessionReader

    func handle(_ input: ListAPIKeysInput, _ call: inout AuthCall) async throws -> AuthReply<ListAPIKeysOutput> {
        let column = input.sortBy.map { APIKeyQuery.Column(rawValue: $0) } ?? .createdAt
        guard let column else { throw AuthError(.badRequest, .validation, message: "[query.sortBy] Invalid input") }
        let session = try await call.requireSession(reader)
        if let organization = input.organizationID { try await access.check(.read, by: session, in: organization) }
        let owner: APIKeyConfiguration.Owner = input.organizationID == nil ? .user : .organization
        let kinds = keys.settings.configuration.apiKeys.filter {
            $0.owner == owner && (input.configID == nil || input.configID == $0.id)
        }
        let page = try await keys.store.rows().page(
            APIKeyQuery(
                referenceID: input.organizationID ?? session.user.id, configIDs: kinds.map(\.id), column: column,
                descending: input.sortDirection == "desc", limit: min(input.limit ?? 100, 1000), offset: input.offset ?? 0))
        let additions = try await keys.additions(of: page.keys.map(\.id))
        return .ok(
            ListAPIKeysOutput(
                apiKeys: page.keys.map { APIKeyView($0, additions: additions[$0.id]) }, total: page.total, limit: input.limit,
                offset: input.offset))
    }
}
