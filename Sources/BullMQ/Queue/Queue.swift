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
    private let timeout: Duration?

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

    /// Adds jobs in their order, 250 a round trip. Those go in together; when a later batch fails, the earlier ones stay.
    /// - Returns: what became of each, in the same order.
    /// - Throws: ``BullMQError`` for options that are refused, before anything was added, and for a parent that is missing or another
    ///   one's (``BullMQError/Code/parentMissing``, ``BullMQError/Code/parentMismatch``): the rest of its batch is added then.
    @discardableResult
    public func addBulk(_ jobs: [NewJob]) async throws -> [AddedJob] {
        let now = Timestamp.now.milliseconds
        for job in jobs { try job.options.validate(dataSize: job.data.bytes.count, name: job.name) }
        var results: [AddedJob] = []
        results.reserveCapacity(jobs.count)
        var start = 0
        while start < jobs.count {
            let end = min(start + Self.batchSize, jobs.count)
            results += try await addBatch(jobs[start..<end], now: now)
            start = end
        }
        return results
    }

    private static let batchSize = 250

    private func addBatch(_ jobs: ArraySlice<NewJob>, now: Int64) async throws -> [AddedJob] {
        // Named, so that a cluster refuses a parent in another slot before anything is done.
        let parents = Set(jobs.compactMap { $0.options.parent?.key }).sorted()
        var arguments: [RedisArgument] = [RedisArgument(jobs.count), parents.isEmpty ? "" : "parents", RedisArgument(now)]
        arguments.reserveCapacity(3 + jobs.count * 9)
        for job in jobs { job.append(to: &arguments, now: now) }
        let reply = try await redis.run(Scripts.addJobs, keys: [keys.base] + parents, arguments: arguments, timeout: timeout)
        return try AddedJob.read(reply, count: jobs.count) { jobs[jobs.startIndex + $0].options.parent }
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
