public import PostgresClient

extension PostgresTransaction {
    /// Loads rows with COPY, the quickest way in for very many. No triggers are skipped, but there is no `on conflict` and nothing is returned.
    ///
    /// Columns that take their default in every row are left out. The rows may come from any sequence; they are sent in portions.
    ///
    /// - Returns: The number of rows.
    /// - Throws: ``CopyDefaultError`` for a column that takes its default in some rows only, ``CopyTypeError`` for a value that the column's
    ///   declared type cannot hold; otherwise `PostgresError`.
    @discardableResult
    public func copy<Target: Table>(_ rows: some Sequence<Target.Draft>, into table: Target.Type) async throws -> Int {
        var portions = CopyPortions(rows)
        guard let first = try portions.next() else { return 0 }
        let types = Dictionary(Target.schema.columns.map { ($0.name, $0.type) }) { first, _ in first }
        var forms: [String: CopyForm] = [:]
        for column in first.columns {
            if let type = column.elementType {
                let oid = try await query("select \(type.description)::regtype::oid").first?.get(0, as: Int64.self)
                forms[column.name] = .labels(elementOID: UInt32(truncatingIfNeeded: oid ?? 0))
            } else if let type = types[column.name] {
                forms[column.name] = try CopyForm(of: column.valueType, as: type, column: column.name)
            }
        }
        let expected = first.columns.map(\.name)
        let names = SQL.joined(expected.map { SQL.identifier($0) }, separator: ", ")
        let statement: SQL = "copy \(SQL(unsafeRaw: table.tableName.description)) (\(names)) from stdin with (format binary)"
        return try await copyIn(statement) { writer in
            try await writer.write(CopyPortions<[Target.Draft]>.header + first.bytes(forms))
            while let portion = try portions.next(columns: expected) { try await writer.write(portion.bytes(forms)) }
            try await writer.write([0xFF, 0xFF])  // the end
        }
    }
}

extension PostgresPool {
    /// Loads rows with COPY in a transaction of its own: all of them or none.
    @discardableResult
    public func copy<Target: Table>(
        _ rows: some Sequence<Target.Draft>, into table: Target.Type, prelude: SQL? = nil
    ) async throws -> Int {
        try await withTransaction(prelude: prelude) { try await $0.copy(rows, into: table) }
    }
}

/// Rows for a COPY take a column's default in some rows and not in others, which COPY cannot say.
public struct CopyDefaultError: Error, Sendable, CustomStringConvertible {
    public let column: String
    public var description: String { "COPY cannot use the default of \"\(column)\" in some rows only: give all rows a value, or none" }
}

/// Drafts in COPY's binary form, some hundred at a time.
private struct CopyPortions<Rows: Sequence> where Rows.Element: RowDraft {
    /// Signature, flags, and the length of an extension.
    static var header: [UInt8] { Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00] + [UInt8](repeating: 0, count: 8) }

    private static var rowsPerPortion: Int { 256 }
    private var rows: Rows.Iterator

    init(_ rows: Rows) { self.rows = rows.makeIterator() }

    /// - Parameter columns: Those of the first portion, which the others must have too.
    mutating func next(columns expected: [String]? = nil) throws -> CopyPortion? {
        var writer = DraftWriter(rows: Self.rowsPerPortion)
        var count = 0
        while count < Self.rowsPerPortion, let row = rows.next() {
            writer.beginRow()
            row.write(to: &writer)
            count += 1
        }
        guard count > 0 else { return nil }
        let columns = writer.columns.filter { $0.defaults < count }
        if let mixed = columns.first(where: { $0.defaults > 0 }) { throw CopyDefaultError(column: mixed.name) }
        let names = columns.map(\.name)
        if let expected, expected != names {
            let difference = Set(expected).symmetricDifference(names).min() ?? ""
            throw CopyDefaultError(column: difference)
        }
        return CopyPortion(columns: columns, rows: count)
    }
}

/// Some rows, column by column.
private struct CopyPortion {
    let columns: [DraftColumn]
    let rows: Int

    func bytes(_ forms: [String: CopyForm]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for row in 0..<rows {
            bytes.append(bigEndian: Int16(columns.count))
            for column in columns { try column.appendBinary(row, form: forms[column.name] ?? .same, to: &bytes) }
        }
        return bytes
    }
}
