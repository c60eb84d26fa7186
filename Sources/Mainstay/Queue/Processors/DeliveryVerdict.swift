import HTTPDelivery
import Primitives

/// What came of one request to a destination.
enum DeliveryOutcome: Sendable {
    case answered(OutgoingResponse)
    /// There was no answer: a code for programs, a sentence for people.
    case failed(code: String, detail: String)

    func record(number: Int, startedAt: Timestamp, duration: Duration) -> DeliveryAttempt {
        switch self {
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

    /// 2xx is success. 410 ends the message at once: the destination says it is gone for good. Everything else is tried again while the
    /// policy allows, no earlier than a `Retry-After` of 429 or 503 asks.
    init(_ outcome: DeliveryOutcome, attempt: Int, policy: RetryPolicy, longestRetryAfter: Duration) {
        var earliest = Duration.zero
        if case .answered(let response) = outcome {
            if (200..<300).contains(response.status) {
                (state, retryDelay) = (.delivered, nil)
                return
            }
            if response.status == 410 {
                (state, retryDelay) = (.failed, nil)
                return
            }
            // Seconds only: the date form would depend on two clocks agreeing.
            if response.status == 429 || response.status == 503, let seconds = response.header("retry-after").flatMap({ Int64($0) }),
                seconds > 0
            {
                earliest = min(.seconds(seconds), longestRetryAfter)
            }
        }
        let delay = policy.delay(afterAttempt: attempt)
        state = delay == nil ? .failed : .retrying
        retryDelay = delay.map { max($0, earliest) }
    }
}
