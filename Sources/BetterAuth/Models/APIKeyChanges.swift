public import JSON
public import Primitives
public import TypedAPI

/// What is to become of a key. Whatever is not mentioned stays as it is, also when somebody else changes it at the same moment.
public struct APIKeyChanges: Sendable {
    public var name: String?
    public var enabled: Bool?
    /// Null: it never expires.
    public var expiresAt: Patch<Timestamp>
    public var permissions: Permissions?
    public var metadata: JSONValue?
    /// Where it may be used from; null: everywhere. Needs ``APIKeyAdditionsConfiguration``.
    public var allowedAddresses: Patch<[AllowedAddress]>

    public init(
        name: String? = nil, enabled: Bool? = nil, expiresAt: Patch<Timestamp> = .absent, permissions: Permissions? = nil,
        metadata: JSONValue? = nil, allowedAddresses: Patch<[AllowedAddress]> = .absent
    ) {
        self.name = name
        self.enabled = enabled
        self.expiresAt = expiresAt
        self.permissions = permissions
        self.metadata = metadata
        self.allowedAddresses = allowedAddresses
    }

    /// Whether anything is mentioned.
    public var isEmpty: Bool { !changesRecord && !allowedAddresses.isPresent }

    /// Whether the key's own row changes.
    var changesRecord: Bool { name != nil || enabled != nil || expiresAt.isPresent || permissions != nil || metadata != nil }
}
