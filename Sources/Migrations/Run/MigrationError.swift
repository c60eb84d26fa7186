/// Why a migration command did not do what was asked: one clear text, and a code to tell causes apart.
public struct MigrationError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// Arguments that make no sense.
        case usage
        /// A file or folder cannot be read, written or understood.
        case file
        /// An applied migration has another text than its file.
        case changed
        /// An applied migration has no file.
        case missing
        /// A file stands before one that is already applied.
        case order
        /// More than one newest migration.
        case heads
        /// A merge of branches that touched the same thing.
        case conflict
        /// A change that the tool cannot write by itself.
        case unsupported
        /// A drop beside an addition that may be a rename.
        case ambiguous
        /// A migration that loses data without saying so.
        case lossy
        /// Another process held the lock for too long.
        case locked
        /// A statement failed.
        case statement
        /// The database cannot be reached, or the connection broke.
        case connection
        /// The database lacks migrations, or has ones this program does not know.
        case version
    }

    public let code: Code
    public let description: String
    /// The server's code, when a statement failed.
    public var sqlState: String?

    init(_ code: Code, _ description: String, sqlState: String? = nil) {
        self.code = code
        self.description = description
        self.sqlState = sqlState
    }
}
