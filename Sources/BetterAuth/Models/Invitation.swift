public import JSON
public import Primitives

/// A row of `invitation`.
public struct Invitation: Hashable, Sendable {
    public var id: String
    public var organizationID: String
    public var email: String
    public var role: String?
    /// `pending`, `accepted`, `rejected` or `canceled`.
    public var status: String
    public var expiresAt: Timestamp
    public var createdAt: Timestamp
    public var inviterID: String

    public var json: JSONValue {
        [
            "organizationId": .string(organizationID), "email": .string(email), "role": .string(orNull: role), "status": .string(status),
            "expiresAt": .time(expiresAt), "createdAt": .time(createdAt), "inviterId": .string(inviterID), "id": .string(id),
        ]
    }
}
