import PostgresClient
import Primitives
import Synchronization

/// Waits for a pool's first connection as long as waiting may help: not at all after a refusal that stays one, briefly for a server that
/// may be starting.
final class FirstConnection: Sendable {
    /// For a server that refuses connections now and may take them in a moment.
    private static let patience = Duration.seconds(2)

    private let start = ContinuousClock.now
    private let failures: AsyncStream<PostgresError>
    private let failed: AsyncStream<PostgresError>.Continuation

    init() { (failures, failed) = AsyncStream.makeStream() }

    /// To be told of the pool's connections.
    var observer: PostgresObserver {
        var observer = PostgresObserver()
        observer.connectionFailed = { [failed] in failed.yield($0) }
        observer.connectionOpened = { [failed] in failed.finish() }
        return observer
    }

    /// - Throws: the ``PostgresError`` that ended the wait.
    func wait() async throws {
        for await error in failures where error.isPermanentRefusal || error.isUnknownHost || ContinuousClock.now - start >= Self.patience {
            throw error
        }
        try Task.checkCancellation()
    }
}
