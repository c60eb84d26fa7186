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
        default: nil
        }
    }

    private static func problem(for error: PostgresError) -> Problem {
        let isOverload: Bool =
            switch error.code {
            case .connectionFailed, .connectionLost, .timedOut, .poolClosed, .poolExhausted: true
            // 53: out of resources; 57P: the server is shutting down or starting.
            default: error.sqlState.map { $0.hasPrefix("53") || $0.hasPrefix("57P") } ?? false
            }
        return isOverload
            ? Problem(.storeUnavailable, headers: [.retryAfter: "1"], underlying: error) : Problem(.internalError, underlying: error)
    }
}
