import PostgresClient
import Primitives
import TypedSQL

// What we know of API keys beside better-auth: in tables of our own, so that its table stays as it is.

/// A key that was replaced by rotation and still counts for a while.
@Table("api_key_former")
struct FormerAPIKey {
    /// As in `apikey.key`.
    @Column("key_hash", .primaryKey) let hash: String
    @Column("api_key_id", .index) let apiKeyID: String
    @Column("owner_id", .index) let ownerID: String
    let endsAt: Timestamp
    @Column(default: .now) let createdAt: Timestamp
}

/// Where a key may be used from; a key without a row, from everywhere.
@Table("api_key_allow_list")
struct APIKeyAllowList {
    @Column("api_key_id", .primaryKey) let apiKeyID: String
    @Column("owner_id", .index) let ownerID: String
    /// Addresses and blocks; see ``AllowedAddress``.
    var addresses: [String]
    @Column(default: .now) var updatedAt: Timestamp
}
