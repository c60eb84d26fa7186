extension PostgresObserver {
    /// Both of them told of everything, this one first.
    public func and(_ other: PostgresObserver) -> PostgresObserver {
        var both = PostgresObserver()
        both.statementFinished = Self.both(statementFinished, other.statementFinished)
        both.connectionFailed = Self.both(connectionFailed, other.connectionFailed)
        both.connectionOpened = Self.both(connectionOpened, other.connectionOpened)
        both.connectionClosed = Self.both(connectionClosed, other.connectionClosed)
        return both
    }

    /// Nil without an observer, which costs nothing.
    private static func both<News>(
        _ first: (@Sendable (News) -> Void)?, _ second: (@Sendable (News) -> Void)?
    ) -> (@Sendable (News) -> Void)? {
        guard let first, let second else { return first ?? second }
        return {
            first($0)
            second($0)
        }
    }

    private static func both(_ first: (@Sendable () -> Void)?, _ second: (@Sendable () -> Void)?) -> (@Sendable () -> Void)? {
        guard let first, let second else { return first ?? second }
        return {
            first()
            second()
        }
    }
}
