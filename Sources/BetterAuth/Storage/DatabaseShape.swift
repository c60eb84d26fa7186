import PostgresClient

/// Which of better-auth's shapes a database has, by its columns.
struct DatabaseShape: Sendable {
    /// `table.column` of every column there is.
    let columns: Set<String>

    /// By hand: PostgreSQL's catalog is no table of ours.
    static func read(_ database: PostgresPool) async throws -> DatabaseShape {
        let rows = try await database.query(
            """
            select c.relname::text || '.' || a.attname::text from pg_class c join pg_attribute a on a.attrelid = c.oid
            where c.oid in (select to_regclass(format('%I', name)) from unnest(array['user', 'session', 'account', 'verification',
                'organization', 'member', 'invitation', 'team', 'teamMember', 'organizationRole', 'apikey', 'api_key_former',
                'api_key_allow_list']) name)
              and a.attnum > 0 and not a.attisdropped
            """)
        return DatabaseShape(columns: Set(try rows.map { try $0.decode(String.self) }))
    }

    /// Whether API keys are as up to better-auth 1.4, where each has a user and no kind.
    var hasUserOwnedKeys: Bool { columns.contains("apikey.userId") && !columns.contains("apikey.referenceId") }

    /// Why this database cannot be served with these settings, and what to do; empty when it can.
    func problems(_ configuration: AuthConfiguration) -> [String] {
        var problems: [String] = []
        func require(_ table: String, _ names: [String], _ hint: String) {
            let missing = names.filter { !columns.contains("\(table).\($0)") }
            guard !missing.isEmpty else { return }
            problems.append("table \"\(table)\" has no \(missing.joined(separator: ", ")): \(hint)")
        }
        let create = "let better-auth's migrator or yours make it"
        require("user", ["id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt"], create)
        require(
            "user", ["role", "banned", "banReason", "banExpires", "twoFactorEnabled"],
            "add the columns of the admin and two-factor plug-ins")
        require("session", ["id", "token", "userId", "expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent"], create)
        require("session", ["activeOrganizationId", "impersonatedBy"], "add the columns of the organization and admin plug-ins")
        require("account", ["id", "accountId", "providerId", "userId", "password", "scope", "createdAt", "updatedAt"], create)
        require("verification", ["id", "identifier", "value", "expiresAt", "createdAt", "updatedAt"], create)
        require("organization", ["id", "name", "slug", "logo", "createdAt", "metadata"], create)
        require("member", ["id", "organizationId", "userId", "role", "createdAt"], create)
        require("invitation", ["id", "organizationId", "email", "role", "status", "expiresAt", "createdAt", "inviterId"], create)
        require("apikey", hasUserOwnedKeys ? ["userId"] : ["referenceId", "configId"], create)
        require(
            "apikey",
            [
                "id", "name", "start", "prefix", "key", "refillInterval", "refillAmount", "lastRefillAt", "enabled", "rateLimitEnabled",
                "rateLimitTimeWindow", "rateLimitMax", "requestCount", "remaining", "lastRequest", "expiresAt", "createdAt", "updatedAt",
                "permissions", "metadata",
            ], create)
        if configuration.apiKeyAdditions.isEnabled {
            let hint = "rotation and allow lists of API keys are on: AuthSchema.additions declares it"
            require("api_key_former", ["key_hash", "api_key_id", "owner_id", "ends_at", "created_at"], hint)
            require("api_key_allow_list", ["api_key_id", "owner_id", "addresses", "updated_at"], hint)
        }
        if configuration.organizations.teams != nil {
            require("session", ["activeTeamId"], "teams are on: add it as text")
            require("invitation", ["teamId"], "teams are on: add it as text")
            require("team", ["id", "name", "organizationId", "memberCount"], "teams are on: \(create)")
            require("teamMember", ["id", "teamId", "userId", "membershipKey"], "teams are on: \(create)")
        }
        if configuration.organizations.customRoles != nil {
            require("organizationRole", ["id", "organizationId", "role", "permission"], "custom roles are on: \(create)")
        }
        return problems
    }
}
