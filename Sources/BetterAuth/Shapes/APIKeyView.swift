import JSON
import Primitives
import TypedAPI

/// The contract's key object; never the hash, and the plain key only once.
@Schema(name: "APIKey") struct APIKeyView {
    @Field("configId") var configID: String
    var name: String?
    var start: String?
    @Field("referenceId") var referenceID: String
    var prefix: String?
    /// Only when the key was just made.
    @Field(.omitNil) var key: String?
    var refillInterval: Int?
    var refillAmount: Int?
    var lastRefillAt: Timestamp?
    var enabled: Bool
    var rateLimitEnabled: Bool
    var rateLimitTimeWindow: Int?
    var rateLimitMax: Int?
    var requestCount: Int
    var remaining: Int?
    var lastRequest: Timestamp?
    var expiresAt: Timestamp?
    var createdAt: Timestamp
    var updatedAt: Timestamp
    var permissions: JSONObject?
    var metadata: JSONValue
    var id: String
    /// Additions to the contract, only where there is anything to tell.
    @Field(.omitNil) var allowedAddresses: [AllowedAddress]?
    @Field(.omitNil) var formerKeysEndAt: [Timestamp]?

    init(_ record: APIKeyRecord, plainKey: String? = nil, additions: APIKeyAdditions? = nil) {
        configID = record.configID
        name = record.name
        start = record.start
        referenceID = record.referenceID
        prefix = record.prefix
        key = plainKey
        refillInterval = record.refillInterval
        refillAmount = record.refillAmount
        lastRefillAt = record.lastRefillAt
        enabled = record.isEnabled
        rateLimitEnabled = record.rateLimitEnabled ?? true
        rateLimitTimeWindow = record.rateLimitTimeWindow
        rateLimitMax = record.rateLimitMax
        requestCount = record.requestCount ?? 0
        remaining = record.remaining
        lastRequest = record.lastRequest
        expiresAt = record.expiresAt
        createdAt = record.createdAt
        updatedAt = record.updatedAt
        permissions = record.permissions?.json.object
        metadata = record.metadata ?? .null
        id = record.id
        allowedAddresses = additions?.allowedAddresses
        formerKeysEndAt = additions.flatMap { $0.formerKeysEndAt.isEmpty ? nil : $0.formerKeysEndAt }
    }
}
