import Primitives
import Synchronization

/// Deletes expired API keys as a side effect of other calls, at most every ten seconds.
final class ExpirySweep: Sendable {
    private let last = Mutex<Timestamp?>(nil)

    func runIfDue(_ rows: any APIKeyRows, at now: Timestamp) async throws {
        let isDue = last.withLock { last in
            if let before = last, now - before < .seconds(10) { return false }
            last = now
            return true
        }
        if isDue { try await rows.deleteExpired(before: now) }
    }
}
