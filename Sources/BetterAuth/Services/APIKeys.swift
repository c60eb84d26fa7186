public import JSON
import PostgresClient
import Primitives
import TypedAPI

/// API keys, for the server's own use: no caller's permissions are checked here.
public struct APIKeys: Sendable {
    let settings: AuthSettings
    let store: APIKeyStore
    let touches: TouchMemory
    let sweep: ExpirySweep
    let events: AuthEvents

    /// Makes a key. The plain key is returned here and never again; the table holds its hash.
    ///
    /// - Parameter configID: One of the configured kinds; an unknown one is the kind `default`.
    /// - Parameter referenceID: The user or organization that will own it.
    /// - Parameter expiresIn: Within the days that the configuration allows; nil is the configuration's default.
    /// - Parameter allowedAddresses: Where it may be used from; nil: everywhere.
    /// - Throws: ``AuthError`` with the contract's code; nothing is stored then.
    public func create(
        configID: String, referenceID: String, name: String? = nil, expiresIn: Duration? = nil, permissions: Permissions? = nil,
        metadata: JSONObject? = nil, allowedAddresses: [AllowedAddress]? = nil
    ) async throws -> (record: APIKeyRecord, plainKey: String) {
        try await create(
            APIKeyWish(
                referenceID: referenceID, name: name, expiresIn: expiresIn, permissions: permissions,
                metadata: metadata.map(JSONValue.object), allowedAddresses: allowedAddresses),
            under: try configuration(configID))
    }

    /// All of an owner's keys of one kind, oldest first; of all kinds when none is named.
    public func list(referenceID: String, configID: String? = nil) async throws -> [APIKeyRecord] {
        var query = APIKeyQuery(referenceID: referenceID, configIDs: configID.map { [$0] } ?? settings.configuration.apiKeys.map(\.id))
        query.limit = 1000
        var keys: [APIKeyRecord] = []
        while true {
            let page = try await store.rows().page(query).keys
            keys += page
            guard page.count == query.limit else { return keys }
            query.offset += query.limit
        }
    }

    /// An owner's key; nil when it does not exist or belongs to another.
    public func get(id: String, referenceID: String) async throws -> APIKeyRecord? {
        try await store.rows().find(id: id).flatMap { $0.referenceID == referenceID ? $0 : nil }
    }

    /// Changes what is mentioned, all of it or nothing; nil when the key does not exist or belongs to another.
    public func update(id: String, referenceID: String, _ changes: APIKeyChanges) async throws -> APIKeyRecord? {
        if changes.allowedAddresses.isPresent { _ = try additionsConfiguration() }
        guard !changes.isEmpty else { return try await get(id: id, referenceID: referenceID) }
        return try await store.rows().update(id: id, owner: referenceID, changes, at: settings.now)
    }

    /// Whether there was such a key of that owner; it is refused everywhere from then on.
    public func delete(id: String, referenceID: String) async throws -> Bool {
        try await store.rows().delete(id: id, owner: referenceID)
    }

    /// How the table holds a key: base64url without padding of its SHA-256.
    public static func hash(of key: String) -> String { Digests.sha256(key) }

    /// A key by reading alone, whatever its state: check `record.isEnabled`, `isExpired(at:)` and `admits(_:)`. One query, two for an
    /// unknown or replaced one.
    public func lookup(hash: String) async throws -> FoundAPIKey? { try await store.rows().find(hash: hash, at: settings.now) }

    /// A plain key; see ``lookup(hash:)``.
    public func lookup(hashOf key: String) async throws -> FoundAPIKey? { try await lookup(hash: Digests.sha256(key)) }

    /// Notes that a key was used, at most once a minute for each key and process, and in the table at most once a minute in all.
    public func touch(_ id: String) async throws {
        let now = settings.now
        guard touches.shouldWrite(id, at: now) else { return }
        try await store.rows().touch(id: id, at: now)
    }

    /// Whether ``touch(_:)`` has nothing to do for a while.
    public func wasTouchedLately(_ id: String) -> Bool { touches.isRecent(id, at: settings.now) }

    /// Deletes every key that has expired, of all owners.
    public func deleteExpired() async throws { try await store.rows().deleteExpired(before: settings.now) }

    func create(_ wish: APIKeyWish, under configuration: APIKeyConfiguration) async throws -> (record: APIKeyRecord, plainKey: String) {
        let now = settings.now
        let (record, plainKey) = try wish.key(under: configuration, at: now)
        let rows = try await store.rows()
        guard !rows.areOfUsersOnly || configuration.isOfUsersOnly else { throw AuthError(.notImplemented, .apiKeyKindUnavailable) }
        try await sweep.runIfDue(rows, at: now)
        let addresses = wish.allowedAddresses?.map(\.text)
        if let limit = try await settings.configuration.hooks.apiKeyLimit?(configuration, record.referenceID) {
            try await rows.insert(record, allowedAddresses: addresses, limit: limit, at: now)
        } else {
            try await rows.insert(record, allowedAddresses: addresses)
        }
        return (record, plainKey)
    }

    /// The configuration of that id, else the default one.
    func configuration(_ id: String?) throws -> APIKeyConfiguration {
        let all = settings.configuration.apiKeys
        let wanted = id ?? APIKeyConfiguration.defaultID
        guard let found = all.first(where: { $0.id == wanted }) ?? all.first(where: { $0.id == APIKeyConfiguration.defaultID }) else {
            throw AuthError(.badRequest, .apiKeyNoDefaultConfiguration)
        }
        return found
    }

    /// What deletes the keys of a user who goes: the table has no reference to users.
    func deletions(ofUser id: String) async throws -> [SQL] {
        try await store.rows().deletion(owner: id, configIDs: settings.configuration.apiKeys.filter { $0.owner == .user }.map(\.id))
    }
}
