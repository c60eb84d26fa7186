import JSON
import Primitives
import TypedAPI

/// What the bodies of several API-key endpoints share.
enum APIKeyRules {
    private static let serverOnly = [
        "refillAmount", "refillInterval", "rateLimitMax", "rateLimitTimeWindow", "rateLimitEnabled", "permissions",
    ]

    /// Limits and permissions are set by the server itself, never by a caller.
    static func refuseServerOnly(_ call: AuthCall) throws(AuthError) {
        let remaining = call.raw("remaining").map { !$0.isNull } ?? false
        if remaining || serverOnly.contains(where: { call.raw($0) != nil }) {
            throw AuthError(.badRequest, .apiKeyServerOnlyProperty)
        }
    }

    /// At most 10,000 years, so that a date can always be computed from it; the allowed life is checked later.
    static func duration(seconds: Double) -> Duration { .milliseconds(Int64(min(seconds, 315_360_000_000) * 1000)) }

    static func isPrefix(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
            }
        }
    }
}
