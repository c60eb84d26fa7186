public import JSON
import Primitives
public import RedisClient

/// The producer's and the operator's side of a queue. A value: make as many as you like.
///
/// Keys and fields are those of BullMQ 6, so that its clients in other languages share the queue, as do tools made for it.
public struct Queue: Sendable {
    public let name: String
    public let prefix: String
    /// The client it uses.
    public let redis: Redis
    let keys: QueueKeys
    let timeout: Duration?

    /// - Parameters:
    ///   - name: must not contain a colon.
    ///   - prefix: first part of every key; with braces, `{bull}`, it decides the cluster slot.
    ///   - timeout: deadline of every operation, also of waiting for a connection; nil for the client's default.
    public init(_ name: String, prefix: String = "bull", redis: Redis, timeout: Duration? = nil) {
        self.name = name
        self.prefix = prefix
        self.redis = redis
        self.timeout = timeout
        keys = QueueKeys(prefix: prefix, queue: name)
    }

    /// Adds a job: its data is stored as it is.
    ///
    /// When the error is `RedisError` with `isRetrySafe` false, the job may have been added; with an id of one's own, adding it again does
    /// no harm while the first still exists.
    /// - Throws: ``BullMQError`` for options that are refused, `RedisError` when the server is.
    @discardableResult
    public func add(_ name: String, data: RawJSON, options: JobOptions = JobOptions()) async throws -> AddedJob {
        let added = try await addBulk([NewJob(name, data: data, options: options)])
        guard let first = added.first else { throw BullMQError(.unexpectedReply, "adding a job gave no id") }
        return first
    }

    /// Adds a job.
    @discardableResult
    public func add(_ name: String, data: JSONValue, options: JobOptions = JobOptions()) async throws -> AddedJob {
        try await add(name, data: RawJSON(data), options: options)
    }

    /// Adds a job whose data are a value of one's own.
    /// - Throws: also `EncodingError`.
    @discardableResult
    public func add(_ name: String, encoding value: some Encodable, options: JobOptions = JobOptions()) async throws -> AddedJob {
        try await add(name, data: RawJSON(encoding: value), options: options)
    }

    func run(_ script: RedisScript, _ arguments: [RedisArgument]) async throws(RedisError) -> RedisValue {
        try await redis.run(script, keys: [keys.base], arguments: arguments, timeout: timeout)
    }

    func send(_ commands: [RedisCommand]) async throws(RedisError) -> [RedisValue] {
        let replies = try await redis.pipeline(commands, timeout: timeout)
        for case .error(let error) in replies { throw RedisError(.server, error.message, server: error) }
        return replies
    }
}
