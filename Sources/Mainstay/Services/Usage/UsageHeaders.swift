import HTTPTypes
import Primitives

/// What metered answers carry: `X-Usage-Current`, `X-Usage-Limit`, `X-Usage-Reset`.
enum UsageHeaders {
    private static let current = "X-Usage-Current"
    private static let limit = "X-Usage-Limit"
    private static let reset = "X-Usage-Reset"

    /// - Parameter used: nil when it is not known, as after a refusal.
    static func values(used: Int?, limit: Int, resetsAt: Timestamp) -> [String: String] {
        var headers = [reset: resetsAt.rfc3339]
        if limit != .max { headers[self.limit] = String(limit) }
        if let used { headers[current] = String(used) }
        return headers
    }

    static func fields(_ values: [String: String]) -> HTTPFields {
        var fields = HTTPFields()
        for (name, value) in values {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        return fields
    }
}
