extension PostgresError {
    /// Whether the failure is the server's or the network's, not the statement's: the same statement may succeed in a moment.
    ///
    /// True for lost, refused or distrusted connections, a full pool, a deadline that passed, and a server that starts, stops or is out of resources
    /// (SQLSTATE 53, 57P).
    public var isOutage: Bool {
        switch code {
        case .connectionFailed, .untrustedServer, .connectionLost, .timedOut, .poolClosed, .poolExhausted: true
        // 57014: a statement that ran into its deadline. 25006: a server that became a standby, or is read-only for another reason.
        default: sqlState.map { $0.hasPrefix("53") || $0.hasPrefix("57P") || $0 == "57014" || $0 == "25006" } ?? false
        }
    }

    /// A text holds a character that the database cannot store, such as U+0000: the sender's mistake.
    public var isUnstorableText: Bool { sqlState == "22021" || sqlState == "22P05" }

    /// A text is longer than the index over its column can hold, about 2,700 bytes: the sender's mistake too.
    public var isOversizeText: Bool { sqlState == "54000" }
}
