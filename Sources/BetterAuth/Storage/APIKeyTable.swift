import Primitives
import TypedSQL

/// A shape that the table `apikey` has in some version of better-auth.
protocol APIKeyTable: Table where Columns: APIKeyTableColumns, Columns.Output == Self {
    /// The row as the newest version has it.
    var record: APIKeyRecord { get }
    /// What an insert of that record says.
    static func draft(of record: APIKeyRecord) -> Draft
}

/// What all shapes have in common, and how they say whose a key is and of which kind.
protocol APIKeyTableColumns: TableColumns {
    var id: Expr<String> { get }
    /// The user or organization.
    var owner: Expr<String> { get }
    var name: Expr<String?> { get }
    var start: Expr<String?> { get }
    var hash: Expr<String> { get }
    var refillInterval: Expr<Int?> { get }
    var refillAmount: Expr<Int?> { get }
    var lastRefillAt: Expr<Timestamp?> { get }
    var enabled: Expr<Bool?> { get }
    var rateLimitEnabled: Expr<Bool?> { get }
    var rateLimitTimeWindow: Expr<Int?> { get }
    var rateLimitMax: Expr<Int?> { get }
    var requestCount: Expr<Int?> { get }
    var remaining: Expr<Int?> { get }
    var lastRequest: Expr<Timestamp?> { get }
    var expiresAt: Expr<Timestamp?> { get }
    var createdAt: Expr<Timestamp> { get }
    var updatedAt: Expr<Timestamp> { get }
    var permissionsText: Expr<String?> { get }
    var metadataText: Expr<String?> { get }

    func isOfKind(_ configIDs: [String]) -> Condition
}

extension APIKeyRecord: APIKeyTable {
    var record: APIKeyRecord { self }
    static func draft(of record: APIKeyRecord) -> Draft { record.draft }
}

extension APIKeyRecord.Columns: APIKeyTableColumns {
    var owner: Expr<String> { referenceID }
    func isOfKind(_ configIDs: [String]) -> Condition { configID.isIn(configIDs) }
}

/// The table up to better-auth 1.4: every key is a user's, and of the kind `default`.
@Table("apikey", naming: .camelCase)
struct UserOwnedAPIKey {
    @Column(.primaryKey) var id: String
    var name: String?
    var start: String?
    var prefix: String?
    @Column("key") var hash: String
    var userID: String
    @Column(.type(.int4)) var refillInterval: Int?
    @Column(.type(.int4)) var refillAmount: Int?
    var lastRefillAt: Timestamp?
    var enabled: Bool?
    var rateLimitEnabled: Bool?
    @Column(.type(.int4)) var rateLimitTimeWindow: Int?
    @Column(.type(.int4)) var rateLimitMax: Int?
    @Column(.type(.int4)) var requestCount: Int?
    @Column(.type(.int4)) var remaining: Int?
    var lastRequest: Timestamp?
    var expiresAt: Timestamp?
    var createdAt: Timestamp
    var updatedAt: Timestamp
    @Column("permissions") var permissionsText: String?
    @Column("metadata") var metadataText: String?
}

extension UserOwnedAPIKey: APIKeyTable {
    var record: APIKeyRecord {
        APIKeyRecord(
            id: id, configID: APIKeyConfiguration.defaultID, name: name, start: start, referenceID: userID, prefix: prefix, hash: hash,
            refillInterval: refillInterval, refillAmount: refillAmount, lastRefillAt: lastRefillAt, enabled: enabled,
            rateLimitEnabled: rateLimitEnabled, rateLimitTimeWindow: rateLimitTimeWindow, rateLimitMax: rateLimitMax,
            requestCount: requestCount, remaining: remaining, lastRequest: lastRequest, expiresAt: expiresAt, createdAt: createdAt,
            updatedAt: updatedAt, permissionsText: permissionsText, metadataText: metadataText)
    }

    static func draft(of record: APIKeyRecord) -> Draft {
        Draft(
            id: record.id, name: record.name, start: record.start, prefix: record.prefix, hash: record.hash, userID: record.referenceID,
            refillInterval: record.refillInterval, refillAmount: record.refillAmount, lastRefillAt: record.lastRefillAt,
            enabled: record.enabled, rateLimitEnabled: record.rateLimitEnabled, rateLimitTimeWindow: record.rateLimitTimeWindow,
            rateLimitMax: record.rateLimitMax, requestCount: record.requestCount, remaining: record.remaining,
            lastRequest: record.lastRequest, expiresAt: record.expiresAt, createdAt: record.createdAt, updatedAt: record.updatedAt,
            permissionsText: record.permissionsText, metadataText: record.metadataText)
    }
}

extension UserOwnedAPIKey.Columns: APIKeyTableColumns {
    var owner: Expr<String> { userID }
    func isOfKind(_ configIDs: [String]) -> Condition { Expr(configIDs.contains(APIKeyConfiguration.defaultID)) }
}
