/// Tells whoever works on a connection's requests that nobody waits for them any more.
struct ConnectionEnd: Sendable {
    private let stream = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    func signal() { stream.continuation.finish() }

    /// Returns after ``signal()``, or when the task is cancelled.
    func wait() async { for await _ in stream.stream {} }
}
