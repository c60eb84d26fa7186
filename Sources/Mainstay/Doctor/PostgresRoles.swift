import PostgresClient

/// The role that logs in, and the two that it acts as.
struct PostgresRoles {
    struct Role {
        var name: String
        var isSuperuser: Bool
        var bypassesRowSecurity: Bool
        var ownsTables: Bool
        var mayBeActedAs: Bool
    }

    var owner: String
    var mayCreateRoles: Bool
    var mayCreateObjects: Bool
    var roles: [Role]

    static func read(from pool: PostgresPool) async throws -> PostgresRoles {
        let rows = try await pool.query(
            """
            select current_user::text, rolcreaterole or rolsuper,
                   has_database_privilege(current_database(), 'CREATE') and has_schema_privilege('public', 'CREATE')
            from pg_roles where rolname = current_user
            """)
        guard let row = rows.first else { throw DatabaseCheckError(description: "The database does not know its current role.") }
        let (owner, mayCreateRoles, mayCreateObjects) = try row.decode(String.self, Bool.self, Bool.self)
        let roles = try await pool.query(
            """
            select rolname::text, rolsuper, rolbypassrls,
                   exists (select from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace
                                                  and pg_has_role(r.oid, relowner, 'USAGE')),
                   pg_has_role(current_user, r.oid, case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end)
            from pg_roles r where rolname in (\(DatabaseRole.app), \(DatabaseRole.system)) order by 1
            """)
        return PostgresRoles(
            owner: owner, mayCreateRoles: mayCreateRoles, mayCreateObjects: mayCreateObjects,
            roles: try roles.decode(String.self, Bool.self, Bool.self, Bool.self, Bool.self).map {
                Role(name: $0.0, isSuperuser: $0.1, bypassesRowSecurity: $0.2, ownsTables: $0.3, mayBeActedAs: $0.4)
            })
    }

    var findings: [Finding] {
        [
            .expecting(
                mayCreateObjects, "postgresql.owner", "\(owner) may \(mayCreateObjects ? "" : "not ")create schemas and tables",
                remedy: "As an administrator: alter database … owner to \(owner); alter schema public owner to \(owner);")
        ]
            + [DatabaseRole.app, DatabaseRole.system].map { name in
                roles.first { $0.name == name }.map { finding($0) } ?? missing(name)
            }
    }

    private func missing(_ name: String) -> Finding {
        let check = "postgresql.role.\(name)"
        guard mayCreateRoles else {
            return .problem(
                check, "does not exist, and \(owner) may not create roles",
                remedy: "As an administrator: create role \(name) nologin; grant \(name) to \(owner);")
        }
        return .problem(check, "does not exist", remedy: "Run: \(MainstayDatabase.migrateCommand)")
    }

    private func finding(_ role: Role) -> Finding {
        let check = "postgresql.role.\(role.name)"
        if role.isSuperuser || role.bypassesRowSecurity {
            return .problem(
                check, role.isSuperuser ? "is a superuser: it would see every organization's rows" : "has BYPASSRLS",
                remedy: "As a superuser: alter role \(role.name) nosuperuser nobypassrls;")
        }
        if role.ownsTables {
            return .problem(
                check, "owns tables, or belongs to a role that does",
                remedy: "Give them to \(owner): reassign owned by \(role.name) to \(owner);")
        }
        return .expecting(
            role.mayBeActedAs, check, role.mayBeActedAs ? "owns nothing, bypasses nothing" : "\(owner) may not act as it",
            remedy: "As an administrator: grant \(role.name) to \(owner);")
    }
}
