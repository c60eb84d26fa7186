/// How private servers are run.
public struct DevServicesOptions: Sendable {
    /// When Redis calls fsync on its append-only file; only read with `durable`.
    public enum RedisSync: String, Sendable {
        case everySecond = "everysec"
        case always
    }

    /// Whether acknowledged writes survive a crash of the machine: fsync in PostgreSQL, the append-only file in Redis.
    /// Off, a clean stop keeps PostgreSQL's data but Redis forgets everything.
    public var durable: Bool
    /// Whether PostgreSQL is run.
    public var postgres: Bool
    /// Whether Redis (or Valkey) is run.
    public var redis: Bool
    public var redisSync: RedisSync
    /// Removes the folder once the servers have stopped, however the owner ended.
    public var removeWhenDone: Bool
    /// How long a server may take to answer its first query, from its start.
    public var startTimeout: Duration
    /// More PostgreSQL settings, given on its command line (`["max_connections": "50"]`). They win over ours.
    public var postgresSettings: [String: String]
    /// Where programs are looked for.
    public var search: ServerSearch

    public init(
        durable: Bool = true, postgres: Bool = true, redis: Bool = true, redisSync: RedisSync = .everySecond,
        removeWhenDone: Bool = false, startTimeout: Duration = .seconds(60), postgresSettings: [String: String] = [:],
        search: ServerSearch = .default
    ) {
        self.durable = durable
        self.postgres = postgres
        self.redis = redis
        self.redisSync = redisSync
        self.removeWhenDone = removeWhenDone
        self.startTimeout = startTimeout
        self.postgresSettings = postgresSettings
        self.search = search
    }
}
