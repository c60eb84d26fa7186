public import Logging
import PostgresClient
public import TypedSQL

/// One way in which a database differs from what the program declares.
public struct SchemaDifference: Hashable, Sendable, CustomStringConvertible {
    /// `table runs`, `column runs.output`, `index runs_due_idx of runs`.
    public var object: String
    /// What is wrong with it.
    public var problem: String

    public var description: String { "\(object) \(problem)" }
}

/// Compares a database with a declared schema, exactly: the server itself is asked how it spells the declared one.
public struct SchemaCheck: Sendable {
    private let schema: DatabaseSchema
    private let ignoring: Set<String>
    private let adopting: Set<String>

    /// - Parameters:
    ///   - ignoring: What is none of the declaration's business: names of tables, `table.column`, ids of objects, or a difference's whole
    ///     ``SchemaDifference/object``.
    ///   - adopting: Tables that belong to another program as well, which may have more columns, constraints and indexes than are declared.
    public init(_ schema: DatabaseSchema, ignoring: Set<String> = [], adopting: Set<String> = []) {
        self.schema = schema
        self.ignoring = ignoring
        self.adopting = adopting
    }

    /// - Parameter databaseURL: Of the owner, who may make schemas; nothing that is made stays.
    /// - Returns: Nothing when the database is what is declared.
    public func differences(databaseURL: String, logger: Logger) async throws -> [SchemaDifference] {
        try await DatabaseSession.run(url: databaseURL, logger: logger, name: "check") { connection in
            try await differences(on: connection)
        }
    }

    func differences(on connection: PostgresConnection) async throws -> [SchemaDifference] {
        let declared = schema.normalized
        let live = try await Self.live(declared, on: connection)
        let missing = Set(declared.roles).subtracting(live.roles).map(\.name).sorted()
        // Policies and grants cannot be spelled without their roles.
        guard missing.isEmpty else { return missing.map { SchemaDifference(object: "role \($0)", problem: "is missing") } }
        let wanted = try await Self.spelled(declared, live, on: connection)
        return try differences(between: live, and: wanted)
    }

    /// - Parameter wanted: The declared schema in the server's spelling.
    func differences(between live: DatabaseSchema, and wanted: DatabaseSchema) throws(MigrationError) -> [SchemaDifference] {
        let diff = try SchemaDiff(from: filtered(live, schema.normalized), to: wanted)
        let differences = diff.changes.filter { !isOthers($0) }.flatMap(\.differences)
        return Set(differences).filter { !isIgnored($0) }.sorted { ($0.object, $0.problem) < ($1.object, $1.problem) }
    }

    private func isIgnored(_ difference: SchemaDifference) -> Bool {
        let words = difference.object.split(separator: " ", maxSplits: 1)
        return ignoring.contains(difference.object) || ignoring.contains(words.last.map(String.init) ?? "")
    }

    /// Whether it is about what another program has beyond what is declared.
    private func isOthers(_ change: SchemaChange) -> Bool {
        guard case .table(let names, let change) = change, adopting.contains(names.new.plain) else { return false }
        switch change {
        case .dropColumn, .dropConstraint, .dropIndex, .revoke: return true
        default: return false
        }
    }

    /// What is there.
    static func live(_ declared: DatabaseSchema, on connection: PostgresConnection) async throws -> DatabaseSchema {
        try await rolledBack(connection) {
            try await connection.executeScript("set local search_path = public")
            return try await Catalog(connection, schemas: ["public"] + declared.normalized.schemas).read(roles: declared.roles.map(\.name))
        }
    }

    static func spelled(_ declared: DatabaseSchema, _ live: DatabaseSchema, on connection: PostgresConnection) async throws
        -> DatabaseSchema
    {
        let missing = declared.extensions.filter { !live.extensions.contains($0) }
        do {
            return try await rolledBack(connection) {
                try await ShadowSchema.read(declared, on: connection, missingExtensions: missing)
            }
        } catch let error as PostgresError {
            throw MigrationError(
                .statement, "The declared schema cannot be made on this server: \(error)", sqlState: error.sqlState)
        }
    }

    private static func rolledBack<R>(_ connection: PostgresConnection, _ body: () async throws -> R) async throws -> R {
        try await connection.executeScript("begin")
        do {
            let value = try await body()
            try await connection.executeScript("rollback")
            return value
        } catch {
            try? await connection.executeScript("rollback")
            throw error
        }
    }

    private func filtered(_ live: DatabaseSchema, _ declared: DatabaseSchema) -> DatabaseSchema {
        var live = live
        // Maintenance makes and drops partitions; only declared ones must be there.
        let tables = Dictionary(declared.tables.map { ($0.name, $0) }) { first, _ in first }
        for index in live.tables.indices {
            live.tables[index].partitions = known(live.tables[index].partitions, tables[live.tables[index].name]?.partitions ?? [])
        }
        return live
    }

    private func known(_ live: [PartitionSchema], _ declared: [PartitionSchema]) -> [PartitionSchema] {
        live.compactMap { partition in
            guard let match = declared.first(where: { $0.name == partition.name }) else { return nil }
            var partition = partition
            partition.partitions = known(partition.partitions, match.partitions)
            return partition
        }
    }
}
