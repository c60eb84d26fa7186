import JSON
import PostgresClient
import Primitives
import TypedAPI
import TypedSQL

/// When a failed delivery is tried again.
@Schema struct RetryPolicy: Hashable, Sendable {
    /// How the wait grows from one retry to the next.
    @Schema enum Backoff: String, CaseIterable, Sendable {
        /// `delay` between any two attempts.
        case fixed
        /// `delay`, then twice as long each time, up to `maxDelay`; each varied by up to a tenth so that failures do not return in step.
        case exponential
    }

    /// 1 to 100, the first delivery included.
    var attempts: Int = 10
    var backoff: Backoff = .exponential
    /// Before the first retry.
    var delay: Duration = .seconds(10)
    /// The longest that doubling makes of it.
    var maxDelay: Duration = .seconds(3600)

    static let attemptsRange = 1...100
    static let delayRange = Duration.milliseconds(100)...Duration.seconds(86_400)

    /// How long to wait after attempt number `attempt` (from 1) failed; nil when that was the last.
    ///
    /// - Parameter jitter: from -1 to 1.
    func delay(afterAttempt attempt: Int, jitter: Double = .random(in: -1...1)) -> Duration? {
        guard attempt < attempts else { return nil }
        switch backoff {
        case .fixed: return delay
        case .exponential:
            let doublings = min(attempt - 1, 30)
            let milliseconds = min(Double(delay.milliseconds) * Double(1 << doublings), Double(maxDelay.milliseconds))
            return .milliseconds(Int64(milliseconds * (1 + 0.1 * jitter)))
        }
    }
}

extension RetryPolicy {
    /// The form kept in the database and shown to callers.
    var json: JSONValue {
        [
            "attempts": .number(attempts), "backoff": .string(backoff.rawValue), "delay": .string(delay.iso8601),
            "maxDelay": .string(maxDelay.iso8601),
        ]
    }

    /// Reads the stored form; members that are missing have their defaults.
    init(json: JSONValue) {
        if let attempts = json["attempts"]?.int { self.attempts = attempts }
        if let backoff = json["backoff"]?.string.flatMap(Backoff.init) { self.backoff = backoff }
        if let delay = json["delay"]?.string.flatMap(Duration.init(iso8601:)) { self.delay = delay }
        if let maxDelay = json["maxDelay"]?.string.flatMap(Duration.init(iso8601:)) { self.maxDelay = maxDelay }
    }
}

/// A `jsonb` column.
extension RetryPolicy: ColumnValue {
    static var sqlType: SQLType { .jsonb }
    static var postgresType: PostgresType { .jsonb }

    func encode(into bytes: inout [UInt8]) { json.encode(into: &bytes) }

    static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> RetryPolicy {
        RetryPolicy(json: try JSONValue.decode(bytes, type: type))
    }
}
