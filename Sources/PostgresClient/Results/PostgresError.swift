/// What went wrong between a caller and the database.
///
/// ``description`` says what happened without the values of parameters or rows; the server's ``detail`` may quote rows
/// ("Key (slug)=(acme) already exists."), so it belongs neither in logs nor in answers to clients.
public struct PostgresError: Error, Sendable {
    /// What kind of trouble it is, for a program to tell apart.
    public enum Code: String, Sendable {
        /// The server refused the statement; ``sqlState`` says why.
        case server
        /// No connection could be made: the server is unreachable, or refused us.
        case connectionFailed
        /// The server's certificate does not hold, or the server knows no TLS though the URL demands it. Nothing was sent, no password either.
        case untrustedServer
        /// The connection broke while the statement was on it; whether it took effect is unknown.
        case connectionLost
        /// The server ended the statement because of `statement_timeout`, or a connect attempt took too long.
        case timedOut
        /// The calling task was cancelled.
        case cancelled
        /// ``PostgresPool/close()`` was called, or the pool's `run()` ended.
        case poolClosed
        /// Every connection stayed busy until the acquire timeout.
        case poolExhausted
        /// A value could not be read as the Swift type asked for.
        case decoding
        /// A transaction or connection was used after the closure it was lent to had returned.
        case sessionEnded
        /// The settings make no sense.
        case invalidConfiguration
    }

    /// Out of line, so that a result that may hold an error stays one word.
    private final class Storage: Sendable {
        let code: Code
        let message: String
        let fields: ServerFields
        let isRetrySafe: Bool

        init(code: Code, message: String, fields: ServerFields, isRetrySafe: Bool) {
            self.code = code
            self.message = message
            self.fields = fields
            self.isRetrySafe = isRetrySafe
        }
    }

    /// What the server says about an error beside its message.
    struct ServerFields: Sendable {
        var sqlState: String?
        var severity: String?
        var detail: String?
        var hint: String?
        var schema: String?
        var table: String?
        var column: String?
        var constraint: String?
        var position: Int?
        /// The server's function that complained: what it means does not depend on the server's language.
        var routine: String?
    }

    private let storage: Storage

    init(_ code: Code, _ message: String, fields: ServerFields = ServerFields(), isRetrySafe: Bool = false) {
        self.storage = Storage(code: code, message: message, fields: fields, isRetrySafe: isRetrySafe)
    }

    public var code: Code { storage.code }
    public var message: String { storage.message }
    /// Five characters, such as `23505` for a unique violation; present on errors of the server.
    public var sqlState: String? { storage.fields.sqlState }
    public var severity: String? { storage.fields.severity }
    /// May contain values of rows.
    public var detail: String? { storage.fields.detail }
    public var hint: String? { storage.fields.hint }
    public var schema: String? { storage.fields.schema }
    public var table: String? { storage.fields.table }
    public var column: String? { storage.fields.column }
    public var constraint: String? { storage.fields.constraint }
    /// Where in the statement, in characters from 1.
    public var position: Int? { storage.fields.position }
    var routine: String? { storage.fields.routine }

    /// True only if the statement certainly did not run, so that sending it again cannot do its work twice.
    public var isRetrySafe: Bool { storage.isRetrySafe }
}

extension PostgresError {
    /// A unique constraint or index refused the row; ``constraint`` names it.
    public var isUniqueViolation: Bool { sqlState == "23505" }
    /// A row refers to one that is not there, or is referred to by one that stays; ``constraint`` names the rule.
    public var isForeignKeyViolation: Bool { sqlState == "23503" }
    /// A check refused the row; ``constraint`` names it.
    public var isCheckViolation: Bool { sqlState == "23514" }
    /// ``column`` must not be NULL.
    public var isNotNullViolation: Bool { sqlState == "23502" }

    /// A serialization failure or deadlock: the whole transaction was rolled back and may be tried again from its start.
    public var isTransactionConflict: Bool { sqlState == "40001" || sqlState == "40P01" }
}

extension PostgresError: CustomStringConvertible {
    public var description: String {
        var text = "PostgreSQL \(code.rawValue)"
        if let sqlState { text += " \(sqlState)" }
        text += ": \(publicMessage)"
        if let constraint, !publicMessage.contains(constraint) { text += " (constraint \(constraint))" }
        if let hint, !isDataException { text += " Hint: \(hint)" }
        return text
    }

    /// Class 22 is about values and quotes them: `invalid input syntax for type uuid: "…"`.
    private var isDataException: Bool { sqlState?.hasPrefix("22") == true }

    private var publicMessage: String {
        guard isDataException, let quote = message.firstIndex(of: "\"") else { return message }
        return message[..<quote] + "…"
    }
}
