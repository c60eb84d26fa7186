/// A message with its attempts.
struct AttemptedMessage: Sendable {
    let message: Message
    let attempts: [DeliveryAttempt]
}
