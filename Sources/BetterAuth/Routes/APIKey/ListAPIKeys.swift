import HTTPTypes
import JSON

/// `GET /api-key/list`: the caller's keys, or an organization's.
struct ListAPIKeys: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/api-key/list"
    let keys: APIKeys
    let access: APIKeyAccess
    let reader: SessionReader

    private enum Direction: String { case asc, desc }

    func handle(_ call: inout AuthCall) async throws -> AuthReply {
        var fields = FieldReader(query: call)
        let configID = fields.optionalString("configId")
        let organization = fields.optionalString("organizationId")
        let limit = fields.optionalInt("limit")
        let offset = fields.optionalInt("offset")
        let column = fields.optionalChoice("sortBy", APIKeyQuery.Column.self)
        let direction = fields.optionalChoice("sortDirection", Direction.self)
        try fields.finish()
        let session = try await call.requireSession(reader)
        if let organization { try await access.check(.read, by: session, in: organization) }
        let owner: APIKeyConfiguration.Owner = organization == nil ? .user : .organization
        let kinds = keys.settings.configuration.apiKeys.filter { $0.owner == owner && (configID == nil || configID == $0.id) }
        let page = try await keys.store.page(
            APIKeyQuery(
                referenceID: organization ?? session.user.id, configIDs: kinds.map(\.id), column: column ?? .createdAt,
                descending: direction == .desc, limit: min(limit ?? 100, 1000), offset: offset ?? 0))
        var body: JSONObject = ["apiKeys": .array(page.keys.map { $0.json() }), "total": .number(page.total)]
        if let limit { body["limit"] = .number(limit) }
        if let offset { body["offset"] = .number(offset) }
        return .json(.object(body))
    }
}
