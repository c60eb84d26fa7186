import Primitives
import RedisClient
import Synchronization

/// Waits, on a connection of its own, until a queue has something to do.
///
/// One request at a time: the worker's loop asks, the wait ends in ``Mailbox/Event/woken(score:)``. Popping the marker wakes this worker
/// alone, and no wait is endless, so a wake-up that got lost costs `drainDelay` at most.
final class WakeCall: Sendable {
    enum Request: Sendable {
        /// Until one of these markers appears, or this long.
        case marker([String], Duration)
        /// This long, whatever appears: the queue is rate limited.
        case pause(Duration)
    }

    private let redis: Redis
    private let clientName: String
    private let mailbox: Mailbox
    private let requests: AsyncStream<Request>
    private let continuation: AsyncStream<Request>.Continuation
    private let connection = Mutex<RedisConnection?>(nil)
    private let isStopped = Atomic(false)

    init(queue: Queue, workerName: String?, mailbox: Mailbox) {
        redis = queue.redis
        // Tools find a queue's workers by this name in the list of clients.
        clientName = queue.clientName(worker: workerName)
        self.mailbox = mailbox
        (requests, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func request(_ request: Request) {
        continuation.yield(request)
    }

    /// Ends the wait under way and every later one.
    func stop() {
        isStopped.store(true, ordering: .sequentiallyConsistent)
        continuation.finish()
        connection.withLock { $0 }?.close()
    }

    func run() async {
        var isPending = false
        while !Task.isCancelled, !isStopped.load(ordering: .sequentiallyConsistent) {
            do {
                let isDone = try await redis.withConnection(name: clientName) { connection -> Bool in
                    self.connection.withLock { $0 = connection }
                    defer { self.connection.withLock { $0 = nil } }
                    for await request in requests {
                        isPending = true
                        let (score, marker) = try await serve(request, connection)
                        isPending = false
                        mailbox.post(.woken(score: score, marker: marker))
                    }
                    return true
                }
                if isDone { return }
            } catch {
                if isStopped.load(ordering: .sequentiallyConsistent) { return }
                // The worker looks by itself then; its own connection knows how to wait.
                try? await Task.sleep(for: .milliseconds(Int.random(in: 200...500)))
                if isPending {
                    isPending = false
                    mailbox.post(.woken(score: nil, marker: nil))
                }
            }
        }
    }

    private func serve(_ request: Request, _ connection: RedisConnection) async throws -> (score: Double?, marker: String?) {
        switch request {
        case .pause(let duration):
            try await Task.sleep(for: duration)
            return (nil, nil)
        case .marker(let markers, let duration):
            let seconds = Double(max(1, duration.milliseconds)) / 1000
            let reply = try await connection.send(
                RedisCommand("BZPOPMIN", arguments: markers.map { RedisArgument($0) } + [RedisArgument(seconds)]),
                timeout: duration + .seconds(1))
            return (reply.array?.last?.double, reply.array?.first?.string)
        }
    }
}
