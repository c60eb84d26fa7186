import JSON
import Primitives

extension DeliveryAttempt {
    var json: JSONValue {
        [
            "number": .number(number),
            "startedAt": .string(startedAt.rfc3339),
            "durationMs": .number(duration.milliseconds),
            "status": status.map { .number($0) } ?? .null,
            "error": .string(orNull: error),
            "errorDetail": .string(orNull: errorDetail),
            "responseBody": .string(orNull: responseBody.map { String(decoding: $0, as: UTF8.self) }),
            "responseTruncated": .bool(responseTruncated),
            "timing": [
                "dnsMs": .number(dns.milliseconds), "connectMs": .number(connect.milliseconds), "tlsMs": .number(tls.milliseconds),
                "firstByteMs": .number(firstByte.milliseconds),
            ],
        ]
    }
}

/// A message with its attempts.
struct MessageView: Sendable {
    let message: Message
    let attempts: [DeliveryAttempt]

    var json: JSONValue {
        let payload: JSONValue =
            switch message.payloadEncoding {
            // Checked when it was accepted; what is stored is what was received.
            case .json: (try? JSONValue(parsing: message.payload)) ?? .null
            case .base64: .string(Base64.encode(message.payload))
            }
        return [
            "id": .string(message.id.description),
            "projectId": .string(message.projectID.description),
            "queueId": .string(message.queueID.description),
            "state": .string(message.state.rawValue),
            "contentType": .string(message.contentType),
            "encoding": message.payloadEncoding == .base64 ? "base64" : .null,
            "payload": payload,
            "retry": message.retry.json,
            "scheduledFor": .string(orNull: message.scheduledFor?.rfc3339),
            "nextAttemptAt": .string(orNull: message.nextAttemptAt?.rfc3339),
            "attemptCount": .number(message.attemptCount),
            "createdAt": .string(message.id.uuid.timestamp.rfc3339),
            "updatedAt": .string(message.updatedAt.rfc3339),
            "finishedAt": .string(orNull: message.finishedAt?.rfc3339),
            "attempts": .array(attempts.map(\.json)),
        ]
    }
}
