import JSON
import Primitives

/// What the bodies of several API-key endpoints share.
enum APIKeyFields {
    private static let serverOnly = [
        "refillAmount", "refillInterval", "rateLimitMax", "rateLimitTimeWindow", "rateLimitEnabled", "permissions",
    ]

    /// Limits and permissions are set by the server itself, never by a caller.
    static func refuseServerOnly(_ fields: FieldReader) throws {
        let remaining = fields.raw("remaining").map { !$0.isNull } ?? false
        if remaining || serverOnly.contains(where: { fields.raw($0) != nil }) {
            throw AuthError(.badRequest, .apiKeyServerOnlyProperty)
        }
    }

    /// Any value: its shape is checked after the session, with a code of its own.
    static func metadata(_ fields: FieldReader) -> JSONValue? { fields.raw("metadata").flatMap { $0.isNull ? nil : $0 } }

    /// At most 10,000 years, so that a date can always be computed from it; the allowed life is checked later.
    static func duration(seconds: Double) -> Duration { .milliseconds(Int64(min(seconds, 315_360_000_000) * 1000)) }
}
