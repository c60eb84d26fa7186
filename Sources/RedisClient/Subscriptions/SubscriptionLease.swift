/// The consumer's end. Once the sequence and its iterator are gone, so is the subscription.
final class SubscriptionLease: Sendable {
    private let inbox: SubscriptionInbox
    private let end: @Sendable () -> Void

    init(inbox: SubscriptionInbox, end: @escaping @Sendable () -> Void) {
        self.inbox = inbox
        self.end = end
    }

    deinit { end() }

    func next() async throws(RedisError) -> RedisSubscriptionEvent? {
        let outcome = await withTaskCancellationHandler {
            await inbox.next()
        } onCancel: {
            inbox.finish(nil)
            end()
        }
        return try outcome.get()
    }
}
