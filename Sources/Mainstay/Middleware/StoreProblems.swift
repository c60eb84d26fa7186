import BetterAuth
import HTTPTypes
import PostgresClient
import RedisClient
import TypedAPI

/// How the errors of the layers below look to a caller.
enum StoreProblems {
    static func translate(_ error: any Error) -> Problem? {
        switch error {
        case let error as PostgresError: problem(for: error)
        case let error as AuthError: Problem(error.status < 500 ? .badRequest : .internalError, detail: error.message, underlying: error)
        case is CancellationError: overdue(error)
        case let error as RedisError where error.code == .cancelled: overdue(error)
        default: nil
        }
    }

    private static func problem(for error: PostgresError) -> Problem {
        if error.code == .cancelled { return overdue(error) }
        return error.isOutage
            ? Problem(.storeUnavailable, headers: [.retryAfter: "1"], underlying: error) : Problem(.internalError, underlying: error)
    }

    /// Nobody waits for this answer any more: its time was up, or the server stops. The connection has said so, with the same status.
    private static func overdue(_ error: any Error) -> Problem { Problem(.timedOut, headers: [.retryAfter: "1"], underlying: error) }
}
