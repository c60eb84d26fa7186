import BetterAuth
import HTTPTypes
import PostgresClient
import TypedAPI

/// How the errors of the layers below look to a caller.
enum StoreProblems {
    static func translate(_ error: any Error) -> Problem? {
        switch error {
        case let error as PostgresError: problem(for: error)
        case let error as AuthError: Problem(error.status < 500 ? .badRequest : .internalError, detail: error.message, underlying: error)
        // Nobody waits for this answer any more: its time was up.
        case is CancellationError: Problem(.timedOut, headers: [.retryAfter: "1"], underlying: error)
        default: nil
        }
    }

    private static func problem(for error: PostgresError) -> Problem {
        error.isOutage
            ? Problem(.storeUnavailable, headers: [.retryAfter: "1"], underlying: error) : Problem(.internalError, underlying: error)
    }
}
