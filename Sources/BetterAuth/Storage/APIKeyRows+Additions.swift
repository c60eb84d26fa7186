import PostgresClient
import Primitives
import TypedSQL

/// Statements over the tables of our own beside `apikey`.
extension APIKeyTableRows {
    /// A key that was replaced and still counts.
    func former(hash: String, at now: Timestamp) async throws -> FoundAPIKey? {
        let query = FormerAPIKey.from().join(Key.self) { former, key in key.id == former.apiKeyID && key.owner == former.ownerID }
            .leftJoin(APIKeyAllowList.self) { _, key, list in list.apiKeyID == key.id }
            .where { former, _, _ in former.hash == hash && former.endsAt > now }
            .select { former, key, list in (key, list.addresses, former.endsAt) }
        return try await database.first(query).map { FoundAPIKey(record: $0.0.record, allowed: $0.1, endsAt: $0.2) }
    }

    func rotate(id: String, owner: String, _ rotation: APIKeyRotation) async throws -> APIKeyRecord? {
        try await database.withTransaction { transaction in
            // The key's row is the lock: two rotations at once are one after the other, and both new keys count.
            let current = Key.from().where { $0.id == id && $0.owner == owner }.lock(.update)
            guard let key = try await transaction.first(current) else { return nil }
            try await transaction.replace(key.record, rotation)
            let changed = Key.update { row in
                row.hash.set(rotation.hash)
                row.start.set(rotation.start)
            }.where { $0.id == id }.returning()
            return try await transaction.one(changed).record
        }
    }

    /// The statement that says where a key may be used from; nil: everywhere.
    func allowList(of key: APIKeyRecord, _ addresses: [String]?, at now: Timestamp) -> SQL {
        guard let addresses else {
            return APIKeyAllowList.delete().where { $0.apiKeyID == key.id && $0.ownerID == key.referenceID }.sql
        }
        let list = APIKeyAllowList.Draft(apiKeyID: key.id, ownerID: key.referenceID, addresses: addresses, updatedAt: now)
        return APIKeyAllowList.insert(list).onConflict {
            $0.apiKeyID
        } update: { old, new in
            old.addresses.set(new.addresses)
            old.updatedAt.set(new.updatedAt)
        }.sql
    }

    func additions(of ids: [String], at now: Timestamp) async throws -> [String: APIKeyAdditions] {
        let (lists, former) = try await database.batch(
            APIKeyAllowList.from().where { $0.apiKeyID.isIn(ids) }.select { ($0.apiKeyID, $0.addresses) },
            FormerAPIKey.from().where { $0.apiKeyID.isIn(ids) && $0.endsAt > now }.orderBy { $0.endsAt }
                .select { ($0.apiKeyID, $0.endsAt) })
        var additions: [String: APIKeyAdditions] = [:]
        for (id, addresses) in lists { additions[id, default: .init()].allowedAddresses = addresses.compactMap { AllowedAddress($0) } }
        for (id, end) in former { additions[id, default: .init()].formerKeysEndAt.append(end) }
        return additions
    }

    func deleteAdditions(of ids: [String]) async throws {
        guard hasAdditions, !ids.isEmpty else { return }
        _ = try await database.batch(
            FormerAPIKey.delete().where { $0.apiKeyID.isIn(ids) }, APIKeyAllowList.delete().where { $0.apiKeyID.isIn(ids) })
    }

    func additionsDeletion(owner: String) -> [SQL] {
        [
            FormerAPIKey.delete().where { $0.ownerID == owner }.sql, APIKeyAllowList.delete().where { $0.ownerID == owner }.sql,
        ]
    }
}

extension PostgresTransaction {
    /// Remembers the key that is about to be replaced, or forgets all that were.
    fileprivate func replace(_ key: APIKeyRecord, _ rotation: APIKeyRotation) async throws {
        guard let end = rotation.formerKeyEndsAt else {
            try await run(FormerAPIKey.delete().where { $0.apiKeyID == key.id })
            return
        }
        try await run(FormerAPIKey.delete().where { $0.apiKeyID == key.id && $0.endsAt <= rotation.now })
        let counting = FormerAPIKey.from().where { $0.apiKeyID == key.id }
        guard try await count(counting) < rotation.maximumFormerKeys else { throw AuthError(.badRequest, .apiKeyTooManyFormerKeys) }
        try await run(
            FormerAPIKey.insert(
                .init(hash: key.hash, apiKeyID: key.id, ownerID: key.referenceID, endsAt: end, createdAt: rotation.now)))
    }
}
