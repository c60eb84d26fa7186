import HTTPDelivery
import Primitives

/// What came of one request to a destination.
enum DeliveryOutcome: Sendable {
    case answered(OutgoingResponse)
    /// There was no answer: a code for programs, a sentence for people.
    case failed(code: String, detail: String)
    /// Nothing was sent, for a reason of ours: no attempt of the destination's, none on record, and none used up.
    case notAttempted(reason: String)

    /// HTTP status of the answer; nil when there was none.
    var status: Int? {
        if case .answered(let response) = self { response.status } else { nil }
    }

    /// What the destination says of when to come back.
    var retryAfter: String? {
        if case .answered(let response) = self { response.header("retry-after") } else { nil }
    }

    /// Nil when there was no attempt.
    func record(number: Int, startedAt: Timestamp, duration: Duration) -> DeliveryAttempt? {
        switch self {
        case .notAttempted: return nil
        case .answered(let response):
            let succeeded = (200..<300).contains(response.status)
            return DeliveryAttempt(
                number: number, startedAt: startedAt, duration: duration, status: response.status,
                error: succeeded ? nil : "http_status", errorDetail: succeeded ? nil : "The destination answered \(response.status).",
                responseBody: response.body, isResponseTruncated: response.isTruncated, dns: response.timing.dns,
                connect: response.timing.connect, tls: response.timing.tls, firstByte: response.timing.firstByte)
        case .failed(let code, let detail):
            return DeliveryAttempt(
                number: number, startedAt: startedAt, duration: duration, status: nil, error: code, errorDetail: detail, responseBody: nil,
                isResponseTruncated: false, dns: .zero, connect: .zero, tls: .zero, firstByte: .zero)
        }
    }
}

/// What follows from an attempt: the message's next state, and when it is tried again.
struct DeliveryVerdict: Sendable, Equatable {
    let state: MessageState
    /// Nil when no attempt follows.
    let retryDelay: Duration?
}

extension DeliveryVerdict {
    /// The longest a destination may put us off with `Retry-After`.
    private static let longestRetryAfter = Duration.seconds(24 * 3600)

    /// 2xx is success. 410 ends the message at once: the destination says it is gone for good. Everything else is tried again while the
    /// policy allows, no earlier than a `Retry-After` of 429 or 503 asks.
    init(status: Int?, retryAfter: String?, attempt: Int, policy: RetryPolicy) {
        switch status {
        case .some(200..<300): self.init(state: .delivered, retryDelay: nil)
        case 410: self.init(state: .failed, retryDelay: nil)
        default:
            guard let delay = policy.delay(afterAttempt: attempt) else {
                self.init(state: .failed, retryDelay: nil)
                return
            }
            var earliest = Duration.zero
            // Seconds only: the date form would depend on two clocks agreeing.
            if status == 429 || status == 503, let seconds = retryAfter.flatMap({ Int64($0) }), seconds > 0 {
                earliest = min(.seconds(seconds), Self.longestRetryAfter)
            }
            self.init(state: .retrying, retryDelay: max(delay, earliest))
        }
    }
}
