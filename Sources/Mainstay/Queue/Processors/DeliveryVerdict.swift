import HTTPDelivery
import Primitives

/// What came of one request to a destination.
enum DeliveryOutcome: Sendable {
    case answered(OutgoingResponse)
    /// There was no answer: a code for programs, a sentence for people. Final when no later attempt could go better.
    case failed(code: String, detail: String, isFinal: Bool)
    /// Nothing was sent, for a reason of ours: no attempt of the destination's, none on record, and none used up.
    case notAttempted(reason: String)

    /// HTTP status of the answer; nil when there was none.
    var status: Int? {
        if case .answered(let response) = self { response.status } else { nil }
    }

    /// How long the destination asks to wait.
    var retryAfter: Duration? {
        if case .answered(let response) = self { response.retryAfter() } else { nil }
    }

    /// The row that tells of it; nil when there was no attempt.
    func record(of attempt: PendingAttempt, startedAt: Timestamp, duration: Duration) -> DeliveryAttempt? {
        func row(
            status: Int? = nil, error: String?, detail: String?, body: [UInt8]? = nil, isTruncated: Bool = false,
            timing: OutgoingTiming? = nil
        ) -> DeliveryAttempt {
            DeliveryAttempt(
                messageID: attempt.messageID, retention: attempt.retention, number: attempt.number,
                organizationID: attempt.organizationID, startedAt: startedAt, duration: Microseconds(duration), status: status,
                error: error, errorDetail: detail, responseBody: body, responseTruncated: isTruncated,
                dns: Microseconds(timing?.dns ?? .zero), connect: Microseconds(timing?.connect ?? .zero),
                tls: Microseconds(timing?.tls ?? .zero), firstByte: Microseconds(timing?.firstByte ?? .zero))
        }
        switch self {
        case .notAttempted: return nil
        case .answered(let response):
            let succeeded = (200..<300).contains(response.status)
            return row(
                status: response.status, error: succeeded ? nil : "http_status",
                detail: succeeded ? nil : "The destination answered \(response.status).", body: response.body,
                isTruncated: response.isTruncated, timing: response.timing)
        case .failed(let code, let detail, _): return row(error: code, detail: detail)
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
    init(_ outcome: DeliveryOutcome, attempt: Int, policy: RetryPolicy) {
        if case .failed(_, _, isFinal: true) = outcome {
            self.init(state: .failed, retryDelay: nil)
        } else {
            self.init(status: outcome.status, retryAfter: outcome.retryAfter, attempt: attempt, policy: policy)
        }
    }

    /// 2xx is success. 410 ends the message at once: the destination says it is gone for good. Everything else is tried again while the
    /// policy allows, no earlier than a `Retry-After` of 429 or 503 asks.
    init(status: Int?, retryAfter: Duration?, attempt: Int, policy: RetryPolicy) {
        switch status {
        case .some(200..<300): self.init(state: .delivered, retryDelay: nil)
        case 410: self.init(state: .failed, retryDelay: nil)
        default:
            guard let delay = policy.delay(afterAttempt: attempt) else {
                self.init(state: .failed, retryDelay: nil)
                return
            }
            let earliest = status == 429 || status == 503 ? retryAfter ?? .zero : .zero
            self.init(state: .retrying, retryDelay: max(delay, earliest))
        }
    }
}
