import HTTPTypes
import TypedAPI

@Schema struct ListUsersInput {
    @Field(.notNull) var searchValue: String?
    @Field(.notNull, .oneOf("email", "name")) var searchField: String?
    @Field(.notNull, .oneOf("contains", "starts_with", "ends_with")) var searchOperator: String?
    @Field(.notNull) var limit: String?
    @Field(.notNull) var offset: String?
    @Field(.notNull) var sortBy: String?
    @Field(.notNull, .oneOf("asc", "desc")) var sortDirection: String?
    @Field(.notNull) var filterField: String?
    // `filterValue` may be repeated, so it is read from the query as it came.
    @Field(.notNull) var filterOperator: String?
}

@Schema struct ListUsersOutput {
    var users: [UserView]
    var total: Int
    /// As asked, when it was a number other than 0.
    @Field(.omitNil) var limit: Int?
    @Field(.omitNil) var offset: Int?
}

/// `GET /admin/list-users`: searched, filtered, sorted, paged.
struct ListUsers: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/admin/list-users"
    let admin: Administration
    let reader: SessionReader

    func handle(_ input: ListUsersInput, _ call: inout AuthCall) async throws -> AuthReply<ListUsersOutput> {
        let session = try await call.requireAdmin(reader)
        try admin.require("list", session, else: .youAreNotAllowedToListUsers)
        let search = try ListFilter<UserColumn>(
            field: input.searchField, operator: input.searchOperator ?? "contains",
            values: input.searchValue.flatMap { $0.isEmpty ? nil : [$0] } ?? [], standard: .email)
        let filter = try ListFilter<UserColumn>(
            field: input.filterField, operator: input.filterOperator, values: call.query.all("filterValue"), standard: .email)
        let order = try ListOrder<UserColumn>(field: input.sortBy, direction: input.sortDirection)
        let (limit, offset) = (number(input.limit), number(input.offset))
        let page = try await admin.users.page(
            search: search, filter: filter, order: order, limit: min(limit ?? 100, 1000), offset: offset ?? 0)
        return .ok(ListUsersOutput(users: page.users.map(UserView.init), total: page.total, limit: limit, offset: offset))
    }

    private func number(_ text: String?) -> Int? { text.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } }
}
