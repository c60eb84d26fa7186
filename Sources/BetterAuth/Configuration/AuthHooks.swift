public import Primitives

/// Where an application takes part. A `before` hook refuses by throwing an ``AuthError``; an `after` hook comes too late for that, and what it
/// throws is logged.
public struct AuthHooks: Sendable {
    /// May change the user that is about to be made.
    public var beforeSignUp: (@Sendable (inout AuthUser) async throws -> Void)?
    public var afterSignUp: (@Sendable (AuthUser) async throws -> Void)?
    /// Before a session begins, whatever the way of signing in.
    public var beforeSession: (@Sendable (AuthUser) async throws -> Void)?
    /// May set the active organization of a session that is about to begin.
    public var prepareSession: (@Sendable (AuthUser, inout AuthSessionRecord) async throws -> Void)?
    public var beforeDeleteUser: (@Sendable (AuthUser) async throws -> Void)?
    public var afterDeleteUser: (@Sendable (AuthUser) async throws -> Void)?
    public var beforeCreateOrganization: (@Sendable (AuthUser, inout Organization) async throws -> Void)?
    public var afterCreateOrganization: (@Sendable (AuthUser, Organization) async throws -> Void)?
    public var beforeDeleteOrganization: (@Sendable (AuthUser, Organization) async throws -> Void)?
    public var afterDeleteOrganization: (@Sendable (AuthUser, Organization) async throws -> Void)?
    /// How many API keys of that configuration the user or organization may have, expired ones left out; nil, and without a hook: any number.
    /// One more is refused with 403 `KEY_LIMIT_REACHED`.
    public var apiKeyLimit: (@Sendable (APIKeyConfiguration, _ ownerID: String) async throws -> Int?)?
    /// Every change of access, for a trail of them.
    public var audit: (@Sendable (AuthEvent) async -> Void)?

    public init() {}
}

/// A change of who may do what. It holds ids, never a token, key, password or address of mail.
public struct AuthEvent: Hashable, Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        case signedUp, signedIn, signInRefused, signedOut, sessionRevoked, sessionsRevoked
        case userUpdated, userDeleted, emailVerified, emailChanged, passwordChanged, passwordReset, accountUnlinked
        case organizationCreated, organizationUpdated, organizationDeleted
        case memberInvited, invitationAccepted, invitationRejected, invitationCanceled
        case memberAdded, memberRemoved, memberLeft, memberRoleChanged
        case teamCreated, teamUpdated, teamRemoved, teamMemberAdded, teamMemberRemoved
        case roleCreated, roleUpdated, roleDeleted
        case keyCreated, keyUpdated, keyDeleted, keyRotated
        case userCreated, userRoleChanged, userBanned, userUnbanned, impersonationStarted, impersonationStopped
    }

    public var kind: Kind
    public var time: Timestamp
    /// Who did it; nil when nobody was signed in.
    public var actorID: String?
    /// The user, member, key, … that it happened to.
    public var subjectID: String?
    public var organizationID: String?
    /// The admin behind the actor, while impersonating.
    public var impersonatedBy: String?
}
