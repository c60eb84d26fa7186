import TypedSQL

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

    func condition(_ key: some APIKeyTableColumns) -> Condition {
        key.owner == referenceID && key.isOfKind(configIDs)
    }

    func order(_ key: some APIKeyTableColumns) -> OrderTerm {
        switch column {
        case .name: directed(key.name)
        case .createdAt: directed(key.createdAt)
        case .updatedAt: directed(key.updatedAt)
        case .expiresAt: directed(key.expiresAt)
        case .lastRequest: directed(key.lastRequest)
        case .enabled: directed(key.enabled)
        case .requestCount: directed(key.requestCount)
        case .remaining: directed(key.remaining)
        case .start: directed(key.start)
        case .id: directed(key.id)
        }
    }

    private func directed<Value>(_ expression: Expr<Value>) -> OrderTerm {
        (descending ? expression.desc : expression.asc).nullsLast()
    }
}
