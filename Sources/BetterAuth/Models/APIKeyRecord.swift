public import JSON
import PostgresClient
public import Primitives
public import TypedSQL

/// A row of `apikey`.
@Table("apikey", naming: .camelCase)
public struct APIKeyRecord: Hashable, Sendable, CustomStringConvertible {
    @Column(.primaryKey) public var id: String
    /// The ``APIKeyConfiguration`` it was made under.
    @Column(.index) public var configID: String
    public var name: String?
    /// The first characters of the key, for people to tell keys apart.
    public var start: String?
    /// The user or organization that owns it.
    @Column(.index) public var referenceID: String
    public var prefix: String?
    /// What the table holds of the key itself: base64url without padding of its SHA-256.
    @Column("key", .index) public var hash: String
    /// Milliseconds.
    @Column(.type(.int4)) public var refillInterval: Int?
    @Column(.type(.int4)) public var refillAmount: Int?
    public var lastRefillAt: Timestamp?
    /// null counts as true.
    public var enabled: Bool?
    public var rateLimitEnabled: Bool?
    /// Milliseconds.
    @Column(.type(.int4)) public var rateLimitTimeWindow: Int?
    @Column(.type(.int4)) public var rateLimitMax: Int?
    @Column(.type(.int4)) public var requestCount: Int?
    /// Uses left; nil is unlimited.
    @Column(.type(.int4)) public var remaining: Int?
    public var lastRequest: Timestamp?
    public var expiresAt: Timestamp?
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
    /// JSON text, as stored; see ``permissions``.
    @Column("permissions") public var permissionsText: String?
    /// JSON text, as stored; see ``metadata``.
    @Column("metadata") public var metadataText: String?

    /// What the key grants; nil when nothing was said, or what was said is no permissions.
    public var permissions: Permissions? {
        get { Self.json(permissionsText).flatMap(Permissions.init) }
        set { permissionsText = newValue?.json.text() }
    }

    /// What its owner keeps with the key.
    public var metadata: JSONValue? {
        get { Self.json(metadataText) }
        set { metadataText = newValue?.text() }
    }

    /// Old rows may hold JSON text inside a JSON string.
    private static func json(_ text: String?) -> JSONValue? {
        guard let text, let value = try? JSONValue(parsing: text) else { return nil }
        if let inner = value.string { return try? JSONValue(parsing: inner) }
        return value.isNull ? nil : value
    }

    public var isEnabled: Bool { enabled ?? true }

    /// Without the hash, and without what its owner keeps with it.
    public var description: String { "API key \(id) of \(referenceID)" }

    public func isExpired(at time: Timestamp) -> Bool { expiresAt.map { time > $0 } ?? false }
}
