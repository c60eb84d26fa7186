import PostgresClient
import TypedSQL

@testable import Migrations

/// Three rows a table whose values satisfy whatever constraints ``RandomSchema`` comes up with.
enum RandomRows {
    static func insert(into schema: DatabaseSchema, on connection: PostgresConnection) async throws {
        try await connection.executeScript("begin")
        try await openRowSecurity(schema.normalized.tables, "no force", on: connection)
        for table in schema.normalized.tables {
            let count = try await connection.query(SQL(unsafeRaw: "select count(*) from \(table.name)")).decode(Int.self)
            guard count == [0] else { continue }
            let columns = table.columns.filter { $0.generated == nil }
            let names = columns.map { quoted($0.name) }.joined(separator: ", ")
            for number in 1...3 {
                let values = columns.map { value($0, "\(number)") }.joined(separator: ", ")
                try await connection.executeScript(
                    "insert into \(table.name) (\(names)) overriding system value values (\(values))")
            }
        }
        try await connection.executeScript("set constraints all immediate")
        try await openRowSecurity(schema.normalized.tables, "force", on: connection)
        try await connection.executeScript("commit")
    }

    /// The owner sees no rows behind forced row security.
    private static func openRowSecurity(_ tables: [TableSchema], _ word: String, on connection: PostgresConnection) async throws {
        for table in tables where table.rowSecurity == .forced {
            try await connection.executeScript("alter table \(table.name) \(word) row level security")
        }
    }

    /// For columns that stop being NULL.
    static func fills(from old: DatabaseSchema, to new: DatabaseSchema) -> [ColumnFill] {
        new.tables.flatMap { table in
            table.columns.filter { !$0.isNullable }.map { column in
                ColumnFill(table: table.name.plain, column: column.name, expression: value(column, "id"))
            }
        }
    }

    /// Different from row to row.
    private static func value(_ column: ColumnSchema, _ number: String) -> String {
        let type = column.type
        if type.isArray { return type.isBuiltIn && type.name == "int4" ? "array[(\(number))::int4]" : "'{}'::\(type)" }
        if !type.isBuiltIn { return "(array['calm','glad','sad'])[\(number)]::\(type)" }
        switch type.name {
        case "int4", "int8", "numeric", "float8": return "(\(number))::\(type)"
        case "text", "varchar": return "'text ' || \(number)"
        case "bool": return "true"
        case "timestamptz", "date": return "(timestamptz '2026-03-01 12:00Z' + (\(number)) * interval '3 days')::\(type)"
        case "uuid": return "lpad((\(number))::text, 32, '0')::uuid"
        case "jsonb": return "jsonb_build_object('n', \(number))"
        case "bytea": return "convert_to('b' || \(number), 'UTF8')"
        default: return "null"
        }
    }

    /// Values by table, column and id, of the columns that both schemas have and that mean the same before and after.
    static func values(of tables: [(name: TableName, columns: [(key: String, name: String)])], on connection: PostgresConnection)
        async throws
        -> [String: String]
    {
        var values: [String: String] = [:]
        try await connection.executeScript("begin")
        for table in tables {
            try await connection.executeScript("alter table \(table.name) no force row level security")
            for column in table.columns {
                let rows = try await connection.query(
                    SQL(unsafeRaw: "select id::text, coalesce(\(quoted(column.name))::text, 'NULL') from \(table.name)"))
                for (id, value) in try rows.decode(String.self, String.self) { values["\(column.key)#\(id)"] = value }
            }
        }
        try await connection.executeScript("rollback")
        return values
    }
}
