import JSON
import PostgresClient
import Primitives

/// One attempt to deliver a message, as it went.
struct DeliveryAttempt: Sendable {
    let number: Int
    let startedAt: Timestamp
    let duration: Duration
    /// HTTP status of the answer; nil when there was none.
    let status: Int?
    let error: String?
    let errorDetail: String?
    let responseBody: [UInt8]?
    let isResponseTruncated: Bool
    let dns: Duration
    let connect: Duration
    let tls: Duration
    let firstByte: Duration

    var json: JSONValue {
        [
            "number": .number(number),
            "startedAt": .string(startedAt.rfc3339),
            "durationMs": .number(Self.milliseconds(duration)),
            "status": status.map { .number($0) } ?? .null,
            "error": .string(orNull: error),
            "errorDetail": .string(orNull: errorDetail),
            "responseBody": .string(orNull: responseBody.map { String(decoding: $0, as: UTF8.self) }),
            "responseTruncated": .bool(isResponseTruncated),
            "timing": [
                "dnsMs": .number(Self.milliseconds(dns)), "connectMs": .number(Self.milliseconds(connect)),
                "tlsMs": .number(Self.milliseconds(tls)), "firstByteMs": .number(Self.milliseconds(firstByte)),
            ],
        ]
    }

    private static func milliseconds(_ duration: Duration) -> Double { Double(duration.microseconds) / 1000 }
}

/// A message with its attempts.
struct MessageView: Sendable {
    let id: MessageID
    let projectID: ProjectID
    let queueID: QueueID
    let state: MessageState
    let contentType: String
    let payloadEncoding: PayloadEncoding
    let payload: [UInt8]
    let retry: RetryPolicy
    let scheduledFor: Timestamp?
    let nextAttemptAt: Timestamp?
    let attemptCount: Int
    let updatedAt: Timestamp
    let finishedAt: Timestamp?
    let attempts: [DeliveryAttempt]

    var json: JSONValue {
        let payload: JSONValue =
            switch payloadEncoding {
            // Checked when it was accepted; what is stored is what was received.
            case .json: (try? JSONValue(parsing: self.payload)) ?? .null
            case .base64: .string(Base64.encode(self.payload))
            }
        return [
            "id": .string(id.description),
            "projectId": .string(projectID.description),
            "queueId": .string(queueID.description),
            "state": .string(state.rawValue),
            "contentType": .string(contentType),
            "encoding": payloadEncoding == .base64 ? "base64" : .null,
            "payload": payload,
            "retry": retry.json,
            "scheduledFor": .string(orNull: scheduledFor?.rfc3339),
            "nextAttemptAt": .string(orNull: nextAttemptAt?.rfc3339),
            "attemptCount": .number(attemptCount),
            "createdAt": .string(id.uuid.timestamp.rfc3339),
            "updatedAt": .string(updatedAt.rfc3339),
            "finishedAt": .string(orNull: finishedAt?.rfc3339),
            "attempts": .array(attempts.map(\.json)),
        ]
    }
}
