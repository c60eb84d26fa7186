import JSON
import Primitives
import RedisClient

extension Queue {
    /// Jobs that one script call adds, which keeps it short; and calls that go out together.
    private static let jobsPerCall = 250
    private static let callsPerFlight = 20
    /// Data in one call, and in a flight, from which on it takes no more.
    private static let bytesPerCall = 1 << 20
    private static let bytesPerFlight = 16 << 20

    /// Adds jobs in their order, in one round trip; beyond 5,000 jobs or 16 MiB of data it takes several.
    ///
    /// The server adds them in groups of up to 250, each wholly or not at all. When one group fails, out of memory say, the others stay.
    /// - Returns: what became of each, in the same order.
    /// - Throws: ``BullMQError`` for options that are refused, before anything was added, and for a parent that is missing or another
    ///   one's (``BullMQError/Code/parentMissing``, ``BullMQError/Code/parentMismatch``): the rest is added then.
    @discardableResult
    public func addBulk(_ jobs: [NewJob]) async throws -> [AddedJob] {
        let now = Timestamp.now.milliseconds
        for job in jobs { try job.options.validate(dataSize: job.data.bytes.count, name: job.name) }
        if jobs.count == 1, let arguments = jobs[0].readyArguments(now: now) {
            return try AddedJob.read(try await run(Scripts.addReadyJob, arguments), count: 1) { _ in nil }
        }
        var results: [AddedJob] = []
        results.reserveCapacity(jobs.count)
        var rest = jobs[...]
        while !rest.isEmpty {
            let calls = Self.takeFlight(from: &rest)
            let replies = try await run(calls.map { addCall($0, now: now) })
            for (call, reply) in zip(calls, replies) {
                results += try AddedJob.read(reply, count: call.count) { call[call.startIndex + $0].options.parent }
            }
        }
        return results
    }

    /// The jobs of the next calls, which go out together.
    private static func takeFlight(from jobs: inout ArraySlice<NewJob>) -> [ArraySlice<NewJob>] {
        var calls: [ArraySlice<NewJob>] = []
        var total = 0
        while !jobs.isEmpty, calls.count < callsPerFlight, total < bytesPerFlight {
            var (end, size) = (jobs.startIndex, 0)
            while end < jobs.endIndex, end - jobs.startIndex < jobsPerCall, size < bytesPerCall {
                size += jobs[end].data.bytes.count
                end += 1
            }
            calls.append(jobs[..<end])
            jobs = jobs[end...]
            total += size
        }
        return calls
    }

    /// The keys and arguments of ``Scripts/addJobs``.
    private func addCall(_ jobs: ArraySlice<NewJob>, now: Int64) -> (keys: [String], arguments: [RedisArgument]) {
        // Named, so that a cluster refuses a parent in another slot before anything is done.
        let parents = Set(jobs.compactMap { $0.options.parent?.key }).sorted()
        var arguments: [RedisArgument] = [RedisArgument(jobs.count), parents.isEmpty ? "" : "parents", RedisArgument(now)]
        arguments.reserveCapacity(3 + jobs.count * 9)
        for job in jobs { job.append(to: &arguments, now: now) }
        return ([keys.base] + parents, arguments)
    }

    private func run(_ calls: [(keys: [String], arguments: [RedisArgument])]) async throws(RedisError) -> [RedisValue] {
        if calls.count == 1 {
            return [try await redis.run(Scripts.addJobs, keys: calls[0].keys, arguments: calls[0].arguments, timeout: timeout)]
        }
        var replies = try await redis.pipeline(Self.flight(calls), timeout: timeout)
        // Somebody made the server forget the script in the midst of them: these have not run.
        let unknown = replies.indices.filter { replies[$0].isUnknownScript }
        if !unknown.isEmpty {
            let second = try await redis.pipeline(Self.flight(unknown.map { calls[$0] }), timeout: timeout)
            for (index, reply) in zip(unknown, second) { replies[index] = reply }
        }
        for case .error(let error) in replies { throw RedisError(.server, error.message, server: error) }
        return replies
    }

    /// The first brings the script's text: were they all to name it alone, and somebody else told it to the server meanwhile, the later ones would
    /// run and the first not, and the jobs come out of order.
    private static func flight(_ calls: [(keys: [String], arguments: [RedisArgument])]) -> [RedisCommand] {
        calls.enumerated().map { index, call in
            let script = index == 0 ? Scripts.addJobs.source : Scripts.addJobs.sha
            return RedisCommand(
                index == 0 ? "EVAL" : "EVALSHA",
                arguments: [RedisArgument(script), RedisArgument(call.keys.count)] + call.keys.map { RedisArgument($0) } + call.arguments)
        }
    }
}

extension RedisValue {
    fileprivate var isUnknownScript: Bool {
        if case .error(let error) = self { error.prefix == "NOSCRIPT" } else { false }
    }
}
