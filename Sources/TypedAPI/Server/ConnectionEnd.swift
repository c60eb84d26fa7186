public import HTTPTypes
import Synchronization

/// Tells whoever works on a connection's requests that nobody waits for them any more, and what was said in their place.
@usableFromInline final class ConnectionEnd: Sendable {
    /// What the connection itself answered to a request that a route has begun with.
    @usableFromInline struct Refusal: Sendable {
        @usableFromInline let requestID: String
        @usableFromInline let status: HTTPResponse.Status
        @usableFromInline let bodyBytes: Int
    }

    /// Of the connection whose request the task works on; nil where there is none, as in tests without sockets.
    @TaskLocal static var current: ConnectionEnd?

    private let stream = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    private let refusal = Mutex<Refusal?>(nil)
    /// What the answer to the request in hand is to carry, whoever gives it.
    private let notedFields = Mutex<[HTTPField]>([])

    func signal() { stream.continuation.finish() }

    /// Returns after ``signal()``, or when the task is cancelled.
    func wait() async { for await _ in stream.stream {} }

    func refused(_ refusal: Refusal) { self.refusal.withLock { $0 = refusal } }

    func note(_ field: HTTPField) { notedFields.withLock { $0.append(field) } }

    /// - Returns: what was noted since it was taken last.
    @usableFromInline func takeFields() -> [HTTPField] {
        notedFields.withLock { fields in
            defer { fields = [] }
            return fields
        }
    }

    /// How the current connection has answered a request in its route's place; nil when it has not.
    @usableFromInline static func refusal(of requestID: String) -> Refusal? {
        guard let refusal = current?.refusal.withLock({ $0 }), refusal.requestID == requestID else { return nil }
        return refusal
    }
}
