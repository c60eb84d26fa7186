import HTTPDelivery
import PostgresClient
import RedisClient
import ServiceLifecycle

/// A pool for as long as anything above it runs.
struct PoolService: Service {
    let pool: PostgresPool

    func run() async throws {
        try await untilGracefulShutdown {
            try await pool.run()
        } stop: {
            await pool.close()
        }
    }
}

/// The shared Redis connection for as long as anything above it runs.
struct RedisService: Service {
    let redis: Redis

    func run() async throws {
        try await untilGracefulShutdown {
            await redis.run()
        } stop: {
            await redis.close()
        }
    }
}

/// Outgoing HTTP for as long as the worker above it delivers.
struct OutgoingHTTPService: Service {
    let http: OutgoingHTTP

    func run() async throws {
        try? await gracefulShutdown()
        await http.close()
    }
}

/// Runs `body` and, once graceful shutdown begins, `stop`, which makes it return.
func untilGracefulShutdown(
    _ body: @escaping @Sendable () async throws -> Void, stop: @escaping @Sendable () async -> Void
) async throws {
    try await withThrowingTaskGroup(of: Bool.self) { group in
        group.addTask {
            try await body()
            return true
        }
        group.addTask {
            // Throws when this group is cancelled because the body ended by itself.
            do { try await gracefulShutdown() } catch { return false }
            await stop()
            return false
        }
        while let isBodyDone = try await group.next() {
            if isBodyDone { group.cancelAll() }
        }
    }
}
