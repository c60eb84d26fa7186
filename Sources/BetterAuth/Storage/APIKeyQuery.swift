import PostgresClient

/// Which keys of an owner to list, and in which order.
struct APIKeyQuery: Sendable {
    /// The columns a caller may sort by.
    enum Column: String, Sendable {
        case name, createdAt, updatedAt, expiresAt, lastRequest, enabled, requestCount, remaining, start, id
    }

    var referenceID: String
    var configIDs: [String]
    var column = Column.createdAt
    var descending = false
    var limit = 100
    var offset = 0

    var order: SQL {
        let column: SQL = "k.\(identifier: column.rawValue)"
        return descending ? "\(column) desc nulls last" : "\(column) asc nulls last"
    }
}
