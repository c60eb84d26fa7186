import PostgresClient
import Primitives
import TypedAPI
import TypedSQL

/// Statements over `user`.
struct UserStore: Sendable {
    let database: PostgresPool

    func find(id: String) async throws -> AuthUser? {
        try await database.first(AuthUser.from().where { $0.id == id })
    }

    func find(email: String) async throws -> AuthUser? {
        try await database.first(AuthUser.from().where { $0.email == email.lowercased() })
    }

    func exists(email: String) async throws -> Bool {
        try await database.exists(AuthUser.from().where { $0.email == email })
    }

    /// Lifts a ban that has run out; nil when the user is gone.
    func liftBan(id: String, at now: Timestamp) async throws -> AuthUser? {
        try await database.first(
            AuthUser.update { user in
                user.banned.set(false)
                user.banReason.set(nil)
                user.banExpires.set(nil)
                user.updatedAt.set(now)
            }.where { $0.id == id && $0.banExpires < now }.returning())
    }

    /// Replaces the comma-joined roles; nil when there is no such user.
    func setRole(_ role: String, id: String, at now: Timestamp) async throws -> AuthUser? {
        try await database.first(
            AuthUser.update { user in
                user.role.set(role)
                user.updatedAt.set(now)
            }.where { $0.id == id }.returning())
    }

    /// Changes what is mentioned; nil when the user is gone.
    func update(name: String?, image: Patch<String>, id: String, at now: Timestamp) async throws -> AuthUser? {
        try await database.first(
            AuthUser.update { user in
                if let name { user.name.set(name) }
                if image.isPresent { user.image.set(image.applied(to: nil)) }
                user.updatedAt.set(now)
            }.where { $0.id == id }.returning())
    }

    /// Bans or frees a user; nil when there is none. A new ban knows nothing of an older one's end. A ban ends the user's sessions and mailed
    /// tokens in its transaction.
    func setBan(_ banned: Bool, reason: String?, until: Timestamp?, id: String, at now: Timestamp) async throws -> AuthUser? {
        try await database.withTransaction { transaction in
            let user = try await transaction.first(
                AuthUser.update { user in
                    user.banned.set(banned)
                    user.banReason.set(reason)
                    user.banExpires.set(until)
                    user.updatedAt.set(now)
                }.where { $0.id == id }.returning())
            if banned {
                _ = try await transaction.batch(SessionStore.deletions(ofUser: id) + VerificationStore.withdrawals(ofUser: id))
            }
            return user
        }
    }

    /// Writes the columns that an administrator's changes name and no other; nil when the user is gone.
    ///
    /// A new address is not verified unless the changes say so. A ban ends the user's sessions; a ban and a new address end the mailed
    /// tokens.
    /// - Parameter role: The comma-joined roles of the changes.
    /// - Throws: `PostgresError` with a unique violation when the address belongs to another user.
    func apply(_ changes: UserChanges, role: String?, id: String, at now: Timestamp) async throws -> AuthUser? {
        try await database.withTransaction { transaction in
            guard let before = try await transaction.first(AuthUser.from().where { $0.id == id }.lock(.noKeyUpdate)) else { return nil }
            let isNewAddress = changes.email.map { $0.text != before.email } ?? false
            let user = try await transaction.first(
                AuthUser.update { row in
                    if let name = changes.name { row.name.set(name) }
                    if let email = changes.email { row.email.set(email.text) }
                    if let verified = changes.emailVerified ?? (isNewAddress ? false : nil) { row.emailVerified.set(verified) }
                    if changes.image.isPresent { row.image.set(changes.image.applied(to: nil)) }
                    if let role { row.role.set(role) }
                    if let banned = changes.banned { row.banned.set(banned) }
                    if changes.banReason.isPresent { row.banReason.set(changes.banReason.applied(to: nil)) }
                    if changes.banExpires.isPresent { row.banExpires.set(changes.banExpires.applied(to: nil)) }
                    row.updatedAt.set(now)
                }.where { $0.id == id }.returning())
            let isBanned = changes.banned == true
            if isBanned || isNewAddress { _ = try await transaction.batch(VerificationStore.withdrawals(ofUser: id)) }
            if isBanned { _ = try await transaction.batch(SessionStore.deletions(ofUser: id)) }
            return user
        }
    }

    /// A page of all users, and how many match in all.
    func page(
        search: ListFilter<UserColumn>?, filter: ListFilter<UserColumn>?, order: ListOrder<UserColumn>?, limit: Int, offset: Int
    ) async throws -> (users: [AuthUser], total: Int) {
        let matching = AuthUser.from().where { user in
            Expr(true)
            if let search { search.condition(on: user) }
            if let filter { filter.condition(on: user) }
        }
        let (users, counts) = try await database.batch(
            matching.orderBy { user in
                if let order { order.term(on: user) }
                user.createdAt
                user.id
            }.limit(limit).offset(offset),
            matching.select { _ in countRows() })
        return (users, counts.first ?? 0)
    }

    /// Marks an address as proved, if the user still has it and it was not before; nil otherwise. Of many calls at once one gets the user.
    func markVerified(id: String, email: String, at now: Timestamp) async throws -> AuthUser? {
        try await database.first(
            AuthUser.update { user in
                user.emailVerified.set(true)
                user.updatedAt.set(now)
            }.where { $0.id == id && $0.email == email && $0.emailVerified == false }.returning())
    }

    /// Deletes a user, unless an organization would be left without an owner: then those organizations are told and nothing is deleted.
    ///
    /// - Parameter others: Deletions that belong to it.
    func delete(id: String, unlessOnlyOwnerIn role: String, and others: [SQL]) async throws -> [Organization] {
        try await database.withTransaction { transaction in
            let memberships = Member.from().where { $0.userID == id }.select { $0.organizationID }
            // Locked first, and in one order: two owners who leave at once wait for each other instead of both going, and nobody becomes an
            // owner in the meantime.
            let organizations = try await transaction.all(
                Organization.from().where { $0.id.isIn(memberships) }.orderBy { $0.id }.lock(.noKeyUpdate))
            if !organizations.isEmpty {
                let members = try await transaction.all(Member.from().where { $0.organizationID.isIn(organizations.map(\.id)) })
                let owners = members.filter { $0.hasRole(role) }
                let kept = Set(owners.filter { $0.userID != id }.map(\.organizationID))
                let own = Set(owners.filter { $0.userID == id }.map(\.organizationID))
                let left = organizations.filter { own.contains($0.id) && !kept.contains($0.id) }
                guard left.isEmpty else { return left }
            }
            _ = try await transaction.batch(deletions(of: id, others))
            return []
        }
    }

    /// Whether there was such a user. Sessions, accounts and memberships go along.
    ///
    /// - Parameter others: Deletions that belong to it.
    func delete(id: String, and others: [SQL]) async throws -> Bool {
        try await database.batch(deletions(of: id, others)).last.map { $0.affected > 0 } ?? false
    }

    /// The user itself comes last.
    private func deletions(of id: String, _ others: [SQL]) -> [SQL] {
        [AuthSessionRecord.delete().where { $0.userID == id }.sql, Account.delete().where { $0.userID == id }.sql] + others
            + [AuthUser.delete().where { $0.id == id }.sql]
    }
}

/// The columns of a user that a list can be filtered and sorted by.
enum UserColumn: String, Sendable, ListColumn {
    case id, name, email, emailVerified, image, createdAt, updatedAt, role, banned, banReason, banExpires, twoFactorEnabled

    var kind: ListKind {
        switch self {
        case .id, .name, .email, .image, .role, .banReason: .text
        case .createdAt, .updatedAt, .banExpires: .time
        case .emailVerified, .banned, .twoFactorEnabled: .flag
        }
    }

    func field(of user: AuthUser.Columns) -> ListField {
        switch self {
        case .id: .text(user.id.optional())
        case .name: .text(user.name.optional())
        case .email: .text(user.email.optional())
        case .emailVerified: .flag(user.emailVerified.optional())
        case .image: .text(user.image)
        case .createdAt: .time(user.createdAt.optional())
        case .updatedAt: .time(user.updatedAt.optional())
        case .role: .text(user.role)
        case .banned: .flag(user.banned)
        case .banReason: .text(user.banReason)
        case .banExpires: .time(user.banExpires)
        case .twoFactorEnabled: .flag(user.twoFactorEnabled)
        }
    }
}
