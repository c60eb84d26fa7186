import JSON
import Primitives
import TypedAPI

/// The body of a publish.
@Schema struct PublishMessage {
    /// Any JSON, delivered as the bytes that came; with `encoding` a string of base 64.
    var payload: RawJSON
    /// What deliveries say it is: `application/json` when it is left out, `application/octet-stream` with `encoding`.
    @Field(.notNull, .length(3...200), .pattern(PublishMessage.mediaType, message: "Must be a media type such as application/json."))
    var contentType: String?
    @Field(.notNull) var encoding: Encoding?
    @Field(.notNull) var retry: RetryWish?
    /// How long to wait, within the plan's retention; not together with `scheduledFor`.
    @Field(.notNull) var delay: Duration?
    /// When it is due, within the plan's retention; at once when that has passed.
    @Field(.notNull) var scheduledFor: Timestamp?

    /// How the payload is written; the JSON itself when nothing is said.
    @Schema(name: "PayloadEncoding") enum Encoding: String { case base64 }

    private static let token = "[A-Za-z0-9!#$&^_.+-]+"
    static let mediaType = "^\(token)/\(token)( *;[ -~]*)?$"

    static var extraKeywords: JSONObject {
        [
            "not": ["required": ["delay", "scheduledFor"]],
            "if": ["required": ["encoding"]],
            "then": ["properties": ["payload": ["type": "string", "contentEncoding": "base64", "pattern": .string(base64)]]],
        ]
    }

    private static let base64 = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$"

    func validate(_ issues: inout IssueCollector<PublishMessage>) {
        if delay != nil, scheduledFor != nil {
            issues.add(\.scheduledFor, code: "conflict", "Must not be given together with \"delay\".")
        }
        if encoding == .base64, decodedPayload == nil {
            issues.add(\.payload, code: .format, "Must be a string of padded base 64, since \"encoding\" says so.")
        }
    }

    private var decodedPayload: [UInt8]? { (try? JSONValue(parsing: payload.bytes).string).flatMap { $0 }.flatMap { Base64.decode($0) } }

    /// - Throws: ``Problem`` 422 for what the queue or the plan does not allow, 413 `payload_too_large`.
    func message(
        in queue: MessageQueue, limits: PlanLimits, organizationID: String, trace: TraceContext?, at now: Timestamp = .now
    ) throws -> NewMessage {
        let dueAt = try dueTime(within: limits.retention, at: now)
        let policy = try retry?.applied(to: queue.retry) ?? queue.retry
        let bytes = encoding == .base64 ? decodedPayload ?? [] : payload.bytes
        guard bytes.count <= limits.payloadBytes else {
            throw Problem(.payloadTooLarge, detail: "The payload has \(bytes.count) bytes; the plan allows \(limits.payloadBytes).")
        }
        return NewMessage(
            id: MessageID(), organizationID: organizationID, projectID: queue.projectID, queueID: queue.id,
            contentType: contentType ?? (encoding == .base64 ? "application/octet-stream" : "application/json"), payload: bytes,
            payloadEncoding: encoding == .base64 ? .base64 : .json, retry: policy, scheduledFor: dueAt, retention: limits.retention,
            trace: trace, quota: limits.messagesPerMonth)
    }

    /// When the message is due; nil for at once, also when the time named has passed.
    private func dueTime(within retention: RetentionClass, at now: Timestamp) throws -> Timestamp? {
        // The row must outlive the wait, so that a message is delivered before its retention drops it.
        let longest = Duration.seconds((Int(retention.rawValue) - 1) * 86_400)
        if let scheduledFor {
            guard scheduledFor <= now + longest else {
                throw Self.tooLate("scheduledFor", "Must be at most \(longest.iso8601) ahead, within the plan's retention.")
            }
            return scheduledFor > now ? scheduledFor : nil
        }
        guard let delay else { return nil }
        guard (.zero...longest).contains(delay) else {
            throw Self.tooLate("delay", "Must be from PT0S to \(longest.iso8601), within the plan's retention.")
        }
        return delay > .zero ? (now + delay).roundedToMilliseconds : nil
    }

    private static func tooLate(_ name: String, _ message: String) -> Problem {
        Problem.invalid([FieldError(.pointer("/\(name)"), code: "range", message: message)])
    }
}
