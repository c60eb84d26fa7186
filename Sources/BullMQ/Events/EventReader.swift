import Primitives
import RedisClient

/// Reads a queue's stream of events on a connection of its own, over a new one when that breaks.
struct EventReader {
    let queue: Queue
    /// The last event that was read.
    var position: String
    let exchange: EventExchange

    /// How long Redis waits for news; a sign of life for both sides.
    private static let block: Duration = .seconds(10)
    private static let batchSize = 1000

    init(queue: Queue, position: String, exchange: EventExchange) {
        self.queue = queue
        self.position = position
        self.exchange = exchange
    }

    mutating func run() async {
        while !Task.isCancelled {
            do {
                // By this name tools know what the connection is for.
                let name = "\(queue.prefix):\(Base64.encode(Array(queue.name.utf8))):qe"
                try await queue.redis.withConnection(name: name) { try await follow($0) }
                break
            } catch {
                if let error = error as? RedisError, !error.isConnectionTrouble, error.code != .cancelled {
                    exchange.end(error)
                    break
                }
                // Varied, since all listeners lose a server at the same moment.
                try? await Task.sleep(for: .milliseconds(Int.random(in: 50...500)))
            }
        }
        exchange.end(nil)
    }

    /// Reads until the connection breaks or nobody listens.
    private mutating func follow(_ connection: RedisConnection) async throws {
        while !Task.isCancelled {
            let reply = try await connection.send(
                "XREAD", "COUNT", RedisArgument(Self.batchSize), "BLOCK", RedisArgument(Self.block.milliseconds), "STREAMS",
                RedisArgument(queue.keys.key("events")), RedisArgument(position), timeout: Self.block + .seconds(2))
            let entries = Self.entries(reply)
            position = entries.last?.id ?? position
            let events = entries.compactMap { QueueEvent(id: $0.id, entry: $0.fields) }
            if !events.isEmpty, await !exchange.put(events) { return }
        }
    }

    /// The entries of the one stream in an answer to `XREAD`, which RESP3 puts into a map.
    static func entries(_ reply: RedisValue) -> [(id: String, fields: RedisValue)] {
        let entries = reply.map?.first?.value.array ?? reply.array?.first?.array?.last?.array ?? []
        return entries.compactMap { entry in
            guard let parts = entry.array, parts.count == 2, let id = parts[0].string else { return nil }
            return (id, parts[1])
        }
    }
}
