import JSON
import Primitives
import TypedAPI

/// The body of a publish, checked.
struct PublishRequest {
    private let payload: [UInt8]
    private let encoding: PayloadEncoding
    private let contentType: String
    private let retry: RetryPolicy
    private let scheduledFor: Timestamp?
    private let limits: PlanLimits

    /// - Throws: ``Problem`` 422 with everything that is wrong, 413 `payload_too_large`.
    init(_ object: RawJSONObject, queue: MessageQueue, limits: PlanLimits, at now: Timestamp = .now) throws {
        var fields = FieldReader(object)
        let raw = fields.raw("payload", required: true)
        let isBase64 = Self.readEncoding(&fields)
        let contentType = fields.string(
            "contentType", length: 3...200, matching: (Self.isMediaType, "Must be a media type such as application/json."))
        let retry = RetryPolicy.read(from: &fields, base: queue.retry)
        let scheduledFor = Self.readDueTime(&fields, retention: limits.retention, at: now)
        var payload = raw?.bytes ?? []
        if isBase64, raw != nil {
            if let text = try? JSONValue(parsing: payload).string, let decoded = Base64.decode(text) {
                payload = decoded
            } else {
                fields.fail("payload", code: "format", "Must be a string of padded base 64, since \"encoding\" says so.")
            }
        }
        try fields.finish()
        guard payload.count <= limits.payloadBytes else {
            throw Problem(.payloadTooLarge, detail: "The payload has \(payload.count) bytes; the plan allows \(limits.payloadBytes).")
        }
        self.payload = payload
        encoding = isBase64 ? .base64 : .json
        self.contentType = contentType ?? (isBase64 ? "application/octet-stream" : "application/json")
        self.retry = retry ?? queue.retry
        self.scheduledFor = scheduledFor
        self.limits = limits
    }

    func message(in project: ProjectID, queue: QueueID, organizationID: String, trace: TraceContext?) -> NewMessage {
        NewMessage(
            id: MessageID(), organizationID: organizationID, projectID: project, queueID: queue, contentType: contentType, payload: payload,
            payloadEncoding: encoding, retry: retry, scheduledFor: scheduledFor, retention: limits.retention, trace: trace,
            quota: limits.messagesPerMonth)
    }

    private static func readEncoding(_ fields: inout FieldReader) -> Bool {
        guard let text = fields.string("encoding", length: 1...16) else { return false }
        if text != "base64" { fields.fail("encoding", code: "choice", "Must be base64; without it the payload is the JSON value itself.") }
        return text == "base64"
    }

    /// When the message is due; nil for at once, also when the time named has passed.
    private static func readDueTime(_ fields: inout FieldReader, retention: RetentionClass, at now: Timestamp) -> Timestamp? {
        // The row must outlive the wait, so that a message is delivered before its retention drops it.
        let longest = Duration.seconds((Int(retention.rawValue) - 1) * 86_400)
        let delay = fields.duration("delay", in: .zero...longest)
        let scheduledFor = fields.timestamp("scheduledFor")
        if fields.has("delay"), fields.has("scheduledFor") {
            fields.fail("scheduledFor", code: "conflict", "Must not be given together with \"delay\".")
        }
        if let scheduledFor {
            if scheduledFor > now + longest {
                fields.fail("scheduledFor", code: "range", "Must be at most \(longest.iso8601) ahead, within the plan's retention.")
            }
            return scheduledFor > now ? scheduledFor : nil
        }
        return delay.flatMap { $0 > .zero ? (now + $0).roundedToMilliseconds : nil }
    }

    /// `type/subtype` of token characters, with parameters of visible ASCII.
    private static func isMediaType(_ text: String) -> Bool {
        let essence = text.prefix { $0 != ";" }.split(separator: "/", omittingEmptySubsequences: false)
        func isToken(_ part: Substring) -> Bool {
            let trimmed = part.utf8.filter { $0 != UInt8(ascii: " ") }
            return !trimmed.isEmpty
                && trimmed.allSatisfy { byte in
                    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || "!#$&-^_.+".utf8.contains(byte)
                }
        }
        return essence.count == 2 && essence.allSatisfy(isToken) && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }
}
