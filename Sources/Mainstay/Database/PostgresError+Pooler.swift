public import PostgresClient

extension PostgresError {
    /// What to do when this is what one hears through a pooler that hands sessions from one client to the next; nil when it is not.
    public var poolerRemedy: String? {
        // Ours would be unique in a session of our own, and none of them missing.
        let isOfForeignSession = sqlState == "42P05" || sqlState == "26000"
        guard isOfForeignSession || message.contains("unsupported startup parameter") else { return nil }
        return "Let DATABASE_URL lead past poolers such as PgBouncer, to PostgreSQL itself: mainstay has pools of its own."
    }
}
