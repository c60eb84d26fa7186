import PostgresClient

/// What the server is and how it is set.
struct PostgresServerState {
    var version: String
    var versionNumber: Int
    var fsync: String
    var synchronousCommit: String
    var fullPageWrites: String
    /// How many connections the server, the database and the role leave us, whichever is least.
    var connectionLimit: Int
    var connections: Int
    var encoding: String
    var isReadOnly: Bool

    static func read(from pool: PostgresPool) async throws -> PostgresServerState {
        let rows = try await pool.query(
            """
            select 'PostgreSQL ' || current_setting('server_version'), current_setting('server_version_num')::int8, current_setting('fsync'),
                   current_setting('synchronous_commit'), current_setting('full_page_writes'),
                   least(current_setting('max_connections')::int8 - current_setting('superuser_reserved_connections')::int8,
                         (select nullif(rolconnlimit, -1) from pg_roles where rolname = current_user),
                         (select nullif(datconnlimit, -1) from pg_database where datname = current_database()))::int8,
                   (select count(*) from pg_stat_activity where backend_type = 'client backend'),
                   current_setting('server_encoding'), pg_is_in_recovery() or current_setting('transaction_read_only') = 'on'
            """)
        guard let row = rows.first else { throw DatabaseCheckError(description: "PostgreSQL told nothing about itself.") }
        let (version, number, fsync, commit, pages, limit, count, encoding, isReadOnly) = try row.decode(
            String.self, Int.self, String.self, String.self, String.self, Int.self, Int.self, String.self, Bool.self)
        return PostgresServerState(
            version: version, versionNumber: number, fsync: fsync, synchronousCommit: commit, fullPageWrites: pages,
            connectionLimit: limit, connections: count, encoding: encoding, isReadOnly: isReadOnly)
    }
}
