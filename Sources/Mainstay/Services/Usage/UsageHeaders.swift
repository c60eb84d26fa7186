import HTTPTypes
import Primitives
import TypedAPI

/// What metered answers carry: `X-Usage-Current`, `X-Usage-Limit`, `X-Usage-Reset`.
struct UsageHeaders: ReplyHeaders {
    /// Nil when it is not known, as after a refusal.
    let used: Int?
    let limit: Int
    let resetsAt: Timestamp

    func add(to headers: inout HTTPFields) {
        headers[.usageReset] = resetsAt.rfc3339
        if limit != .max { headers[.usageLimit] = String(limit) }
        if let used { headers[.usageCurrent] = String(used) }
    }

    static let descriptions = [
        HeaderDescription("X-Usage-Current", "Messages accepted in this month, this one included.", schema: ["type": "integer"]),
        HeaderDescription(
            "X-Usage-Limit", "Messages the plan allows in a month; absent where there is no limit.", schema: ["type": "integer"]),
        HeaderDescription(
            "X-Usage-Reset", "When the count begins again.", schema: ["type": "string", "format": "date-time"], isRequired: true),
    ]
}

extension HTTPField.Name {
    fileprivate static let usageCurrent = HTTPField.Name("X-Usage-Current")!  // literals that are valid field names
    fileprivate static let usageLimit = HTTPField.Name("X-Usage-Limit")!
    fileprivate static let usageReset = HTTPField.Name("X-Usage-Reset")!
}
