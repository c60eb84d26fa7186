import CLibpq
import Glibc

/// Owns one `PGresult` and frees it with the last row that looks into it.
///
/// Unchecked because of the pointer alone. The result is fully built before this type sees it, nothing here or in libpq writes to it
/// afterwards, and libpq's readers (`PQgetvalue`, `PQftype`, …) only follow its fields, so any thread may read at any time;
/// the one write, `PQclear`, happens in `deinit`, when no reference is left.
final class PostgresResult: @unchecked Sendable {
    private let pointer: OpaquePointer
    let rowCount: Int
    let columnCount: Int

    /// Takes over `pointer`.
    init(adopting pointer: OpaquePointer) {
        self.pointer = pointer
        self.rowCount = Int(PQntuples(pointer))
        self.columnCount = Int(PQnfields(pointer))
    }

    deinit { PQclear(pointer) }

    /// Rows that the command inserted, changed, deleted or selected.
    var affected: Int {
        guard let text = PQcmdTuples(pointer) else { return 0 }
        return Int(String(cString: text)) ?? 0
    }

    /// Bytes that libpq holds for it.
    var memorySize: Int { PQresultMemorySize(pointer) }

    /// The command's tag, such as `INSERT 0 1`.
    var commandTag: String { PQcmdStatus(pointer).map { String(cString: $0) } ?? "" }

    /// Whether the command freed every prepared statement of the session.
    var freesStatements: Bool {
        guard columnCount == 0, let tag = PQcmdStatus(pointer) else { return false }
        return strcmp(tag, "DEALLOCATE ALL") == 0 || strcmp(tag, "DISCARD ALL") == 0
    }

    func type(of column: Int) -> PostgresType { PostgresType(rawValue: PQftype(pointer, Int32(column))) }

    func name(of column: Int) -> String { PQfname(pointer, Int32(column)).map { String(cString: $0) } ?? "" }

    func column(named name: String) -> Int? { (0..<columnCount).first { self.name(of: $0) == name } }

    /// Reads one value where it lies. `row` and `column` must exist.
    func decode<T: PostgresDecodable>(row: Int, column: Int, as _: T.Type) throws(PostgresError) -> T {
        let row = Int32(row)
        let column = Int32(column)
        do throws(PostgresDecodingError) {
            if PQgetisnull(pointer, row, column) != 0 { return try T.decodeNull() }
            let bytes = UnsafeRawBufferPointer(start: PQgetvalue(pointer, row, column), count: Int(PQgetlength(pointer, row, column)))
            return try T.decode(bytes.bytes, type: type(of: Int(column)))
        } catch {
            throw PostgresError(.decoding, "column \(column + 1) \"\(name(of: Int(column)))\": \(error.reason)")
        }
    }
}

extension PostgresError {
    /// The error a failed `PGresult` carries; the result stays the caller's.
    init(serverResult result: OpaquePointer) {
        func field(_ code: Character) -> String? {
            code.asciiValue.flatMap { PQresultErrorField(result, Int32($0)) }.map { String(cString: $0) }
        }
        let fields = ServerFields(
            sqlState: field("C"), severity: field("V") ?? field("S"), detail: field("D"), hint: field("H"), schema: field("s"),
            table: field("t"), column: field("c"), constraint: field("n"), position: field("P").flatMap { Int($0) }, routine: field("R")
        )
        let message = field("M") ?? PQresultErrorMessage(result).map { String(cString: $0).trimmed } ?? "unknown error"
        // 57014 is both; only the wording tells the timeout from a cancel request, and a server speaking another language is told apart
        // by the caller, who knows whether it asked for a cancel.
        let isTimeout = fields.sqlState == "57014" && message.contains("statement timeout")
        self.init(isTimeout ? .timedOut : .server, message, fields: fields)
    }
}

extension String {
    var trimmed: String {
        var text = self[...]
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
