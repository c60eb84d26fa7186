public import JSON
import Primitives
public import RedisClient

/// The producer's and the operator's side of a queue. A value: make as many as you like.
///
/// Keys and fields are those of BullMQ 6, so that its clients in other languages share the queue. Not handled by this library yet: adding
/// flows (parents and children), job schedulers, deduplication options, worker rate limits, and setting the global limits. Jobs that other
/// clients made with them are run and finished rightly: their parents are told, their deduplication ids freed, the queue's global
/// concurrency and rate kept. One thing is missing: when a worker of this library starts a scheduler's job, nobody makes its next one.
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

    /// Adds jobs in their order, 250 a round trip. Those go in together or not at all; when a later batch fails, the earlier ones stay.
    /// - Returns: what became of each, in the same order.
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
        var arguments: [RedisArgument] = [RedisArgument(jobs.count)]
        arguments.reserveCapacity(1 + jobs.count * 8)
        for job in jobs {
            let options = job.options
            arguments.append(RedisArgument(options.id ?? ""))
            arguments.append(RedisArgument(job.name))
            arguments.append(RedisArgument(job.data.bytes))
            arguments.append(RedisArgument(JSONValue.object(options.object).bytes()))
            arguments.append(RedisArgument(options.timestamp?.milliseconds ?? now))
            arguments.append(RedisArgument(options.delay.milliseconds))
            arguments.append(RedisArgument(options.priority))
            arguments.append(RedisArgument(options.lifo ? "1" : ""))
        }
        let reply = try await run(Scripts.addJobs, arguments).array ?? []
        guard reply.count == jobs.count * 2 else {
            throw BullMQError(.unexpectedReply, "adding \(jobs.count) jobs gave \(reply.count) values")
        }
        return stride(from: 0, to: reply.count, by: 2).map { AddedJob(id: reply[$0].string ?? "", isNew: reply[$0 + 1].int == 1) }
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

/// A job to be added.
public struct NewJob: Sendable {
    public var name: String
    public var data: RawJSON
    public var options: JobOptions

    public init(_ name: String, data: RawJSON, options: JobOptions = JobOptions()) {
        self.name = name
        self.data = data
        self.options = options
    }

    public init(_ name: String, data: JSONValue, options: JobOptions = JobOptions()) {
        self.init(name, data: RawJSON(data), options: options)
    }
}

/// What became of an add.
public struct AddedJob: Sendable, Hashable {
    public let id: String
    /// False when a job with that id exists: nothing was changed.
    public let isNew: Bool

    public init(id: String, isNew: Bool) {
        self.id = id
        self.isNew = isNew
    }
}
