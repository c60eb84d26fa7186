public import Primitives

/// An API key that was shown, as the database knows it.
public struct FoundAPIKey: Hashable, Sendable {
    public var record: APIKeyRecord
    /// nil: from everywhere.
    public var allowedAddresses: [AllowedAddress]?
    /// When it ends although the record does not, because rotation has replaced it; nil for the newest one.
    public var endsAt: Timestamp?

    init(record: APIKeyRecord, allowed: [String]? = nil, endsAt: Timestamp? = nil) {
        self.record = record
        // What nobody can read allows nothing.
        allowedAddresses = allowed?.compactMap { AllowedAddress($0) }
        self.endsAt = endsAt
    }

    public func isExpired(at time: Timestamp) -> Bool { record.isExpired(at: time) || endsAt.map { time >= $0 } ?? false }

    /// Whether it may be used from an address; where it is limited, an unknown address is none of the allowed.
    public func admits(_ address: String?) -> Bool {
        guard let allowedAddresses else { return true }
        guard let address = address.flatMap({ IPAddress($0) }) else { return false }
        return allowedAddresses.contains { $0.contains(address) }
    }
}

/// What is known of an API key beside better-auth's record.
public struct APIKeyAdditions: Hashable, Sendable {
    /// nil: from everywhere.
    public var allowedAddresses: [AllowedAddress]?
    /// The ends of the keys that rotation has replaced and that still count, the next one first.
    public var formerKeysEndAt: [Timestamp]

    public init(allowedAddresses: [AllowedAddress]? = nil, formerKeysEndAt: [Timestamp] = []) {
        self.allowedAddresses = allowedAddresses
        self.formerKeysEndAt = formerKeysEndAt
    }
}
