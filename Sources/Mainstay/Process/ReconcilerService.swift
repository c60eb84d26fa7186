import Logging
import PostgresClient
import Primitives
import RedisClient
import ServiceLifecycle

/// Notices a Redis that lost its memory, and messages that nothing happens to; one worker of all does so at a time.
///
/// A key in Redis is the sign that it still remembers: when the key is missing or another's, everything unfinished is checked.
struct ReconcilerService: Service {
    let reconciler: Reconciler
    let mirror: GroupMirror
    let database: Database
    let redis: Redis
    let check: StartCheck
    let logger: Logger

    static let epochKey = "mainstay:epoch"
    private static let epochInterval = Duration.seconds(2)
    private static let overdueInterval = Duration.seconds(60)
    private static let timeout = Duration.seconds(5)

    func run() async throws {
        guard try await check.run() else { return }
        await cancelWhenGracefulShutdown {
            var hasWarned = false
            while !Task.isCancelled {
                do {
                    try await lead()
                    hasWarned = false
                } catch {
                    if Task.isCancelled { return }
                    logger.log(level: hasWarned ? .debug : .warning, "Reconciling failed, will retry", metadata: ["error": "\(error)"])
                    hasWarned = true
                }
                try? await Task.sleep(for: Self.epochInterval)
            }
        }
    }

    /// Leads while this process holds the lock; returns at once when another does.
    private func lead() async throws {
        try await database.system.withConnection { connection in
            // The lock lives and dies with this connection, so a leader that is killed is replaced.
            let lock = try await connection.query("select pg_try_advisory_lock(hashtext('mainstay.reconcile'), 0)")
            guard try lock.first?.get(0, as: Bool.self) ?? false else { return }
            let epoch = SecureRandom.string(24, alphabet: .alphanumeric)
            var settingsSince: Timestamp?
            var nextOverdue = ContinuousClock.now + Self.overdueInterval
            while !Task.isCancelled {
                // Fails when the connection, and with it the lock, is gone.
                _ = try await connection.query("select 1")
                if try await redis.send("GET", .init(Self.epochKey), timeout: Self.timeout).string != epoch {
                    // A sign of the pass first: when it is gone afterwards, Redis forgot again meanwhile. The real one comes after the pass,
                    // so that a process that dies during it leaves it to be done again.
                    _ = try await redis.send("SET", .init(Self.epochKey), .init("pass-\(epoch)"), timeout: Self.timeout)
                    // The settings before the messages, so that none overtakes its limits.
                    settingsSince = try await mirror.pass(since: nil, on: connection)
                    try await report(.all, on: connection)
                    guard try await redis.send("GET", .init(Self.epochKey), timeout: Self.timeout).string == "pass-\(epoch)" else {
                        continue
                    }
                    _ = try await redis.send("SET", .init(Self.epochKey), .init(epoch), timeout: Self.timeout)
                }
                settingsSince = try await mirror.pass(since: settingsSince, on: connection)
                if ContinuousClock.now >= nextOverdue {
                    try await report(.overdue, on: connection)
                    nextOverdue = .now + Self.overdueInterval
                }
                try await Task.sleep(for: Self.epochInterval)
            }
        }
    }

    private func report(_ scope: Reconciler.Scope, on connection: PostgresConnection) async throws {
        let restored = try await reconciler.pass(scope, on: connection)
        if restored > 0 { logger.notice("Put messages back into Redis", metadata: ["count": "\(restored)"]) }
    }
}
