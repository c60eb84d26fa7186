public import JSON
public import Primitives

/// A row of `apikey`, without the hash.
public struct APIKeyRecord: Hashable, Sendable {
    public var id: String
    /// The ``APIKeyConfiguration`` it was made under.
    public var configID: String
    public var name: String?
    /// The first characters of the key, for people to tell keys apart.
    public var start: String?
    /// The user or organization that owns it.
    public var referenceID: String
    public var prefix: String?
    /// Milliseconds.
    public var refillInterval: Int?
    public var refillAmount: Int?
    public var lastRefillAt: Timestamp?
    /// null counts as true.
    public var enabled: Bool?
    public var rateLimitEnabled: Bool?
    /// Milliseconds.
    public var rateLimitTimeWindow: Int?
    public var rateLimitMax: Int?
    public var requestCount: Int?
    /// Uses left; nil is unlimited.
    public var remaining: Int?
    public var lastRequest: Timestamp?
    public var expiresAt: Timestamp?
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
    public var permissions: Permissions?
    public var metadata: JSONValue?

    public var isEnabled: Bool { enabled ?? true }

    public func isExpired(at time: Timestamp) -> Bool { expiresAt.map { time > $0 } ?? false }

    /// The contract's key object; the plain key is a member of it once, when the key is made.
    public func json(plainKey: String? = nil) -> JSONValue {
        var object: JSONObject = [
            "configId": .string(configID), "name": .string(orNull: name), "start": .string(orNull: start),
            "referenceId": .string(referenceID), "prefix": .string(orNull: prefix),
        ]
        if let plainKey { object["key"] = .string(plainKey) }
        object["refillInterval"] = .number(orNull: refillInterval)
        object["refillAmount"] = .number(orNull: refillAmount)
        object["lastRefillAt"] = .time(orNull: lastRefillAt)
        object["enabled"] = .bool(isEnabled)
        object["rateLimitEnabled"] = .bool(rateLimitEnabled ?? true)
        object["rateLimitTimeWindow"] = .number(orNull: rateLimitTimeWindow)
        object["rateLimitMax"] = .number(orNull: rateLimitMax)
        object["requestCount"] = .number(requestCount ?? 0)
        object["remaining"] = .number(orNull: remaining)
        object["lastRequest"] = .time(orNull: lastRequest)
        object["expiresAt"] = .time(orNull: expiresAt)
        object["createdAt"] = .time(createdAt)
        object["updatedAt"] = .time(updatedAt)
        object["permissions"] = permissions?.json ?? .null
        object["metadata"] = metadata ?? .null
        object["id"] = .string(id)
        return .object(object)
    }
}
