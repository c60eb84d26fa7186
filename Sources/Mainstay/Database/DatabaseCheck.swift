import Migrations
import PostgresClient

/// Why a process must not start against this database.
public struct DatabaseCheckError: Error, Sendable, CustomStringConvertible {
    public let description: String
}

/// What must hold before anything is served: the schema is there and is one this version can work with, and row-level security binds the roles we use.
enum DatabaseCheck {
    static func run(_ database: Database) async throws {
        try await checkSchema(database)
        try await checkRole(database.app, is: DatabaseRole.app)
        try await checkRole(database.system, is: DatabaseRole.system)
        try await checkPolicies(database.system)
    }

    private static func checkSchema(_ database: Database) async throws {
        do {
            try await MainstayDatabase.migrator(logger: database.logger)
                .checkVersion(of: database.system, command: MainstayDatabase.migrateCommand)
        } catch let error as MigrationError {
            throw DatabaseCheckError(description: error.description)
        }
    }

    /// A role that owns tables, bypasses row security or is a superuser would see every organization's rows.
    private static func checkRole(_ pool: PostgresPool, is expected: String) async throws {
        let rows = try await pool.query(
            """
            select rolname::text, rolsuper, rolbypassrls,
                   exists (select from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace
                                                  and pg_has_role(current_user, relowner, 'USAGE'))
            from pg_roles where rolname = current_user
            """)
        guard let row = rows.first else { throw DatabaseCheckError(description: "The database does not know its current role.") }
        let (role, isSuperuser, bypasses, owns) = try row.decode(String.self, Bool.self, Bool.self, Bool.self)
        guard role == expected else {
            throw DatabaseCheckError(
                description: """
                    Connections act as "\(role)" instead of "\(expected)": something between us and PostgreSQL drops their startup options. \
                    Let DATABASE_URL lead past poolers such as PgBouncer: mainstay has pools of its own.
                    """)
        }
        let why =
            if isSuperuser { "is a superuser" } else if bypasses { "has BYPASSRLS" } else if owns { "owns tables" } else { nil as String? }
        if let why {
            throw DatabaseCheckError(
                description: """
                    The database role "\(role)" \(why), so row-level security would not keep organizations apart. \
                    Mend it as a superuser: alter role \(role) nosuperuser nobypassrls; and give its tables to the migrating role.
                    """)
        }
    }

    private static func checkPolicies(_ pool: PostgresPool) async throws {
        let open = try await pool.query(
            """
            select c.relname::text from pg_class c
            where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
              and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped)
              and not (c.relrowsecurity and c.relforcerowsecurity)
            order by 1
            """
        ).map { try $0.decode(String.self) }
        guard open.isEmpty else {
            throw DatabaseCheckError(
                description: "Row-level security is off for: \(open.joined(separator: ", ")). Enable and force it, or restore the schema.")
        }
    }
}
