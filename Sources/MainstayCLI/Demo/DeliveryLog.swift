import Primitives
import Synchronization

/// One request that the receiver got on a queue's path.
struct ReceivedDelivery: Sendable {
    let path: String
    /// The `webhook-id` header; empty when it was missing.
    let messageID: String
    /// The `mainstay-attempt` header; nil when it was missing or no number.
    let attempt: Int?
    let headers: [(String, String)]
    let body: [UInt8]
    /// When the whole request had arrived, by this process's own clock.
    let receivedAt: ContinuousClock.Instant
    /// Why the signature was refused; nil when it verified.
    let refusal: String?

    func header(_ name: String) -> String? { headers.first { $0.0.lowercased() == name.lowercased() }?.1 }
}

/// What the receiver got, in order of arrival.
final class DeliveryLog: Sendable {
    private let deliveries = Mutex<[ReceivedDelivery]>([])

    func append(_ delivery: ReceivedDelivery) { deliveries.withLock { $0.append(delivery) } }

    var all: [ReceivedDelivery] { deliveries.withLock { $0 } }

    func on(_ path: String) -> [ReceivedDelivery] { deliveries.withLock { $0.filter { $0.path == path } } }

    func of(_ messageID: String) -> [ReceivedDelivery] { deliveries.withLock { $0.filter { $0.messageID == messageID } } }

    var verifiedCount: Int { deliveries.withLock { $0.count { $0.refusal == nil } } }
}
