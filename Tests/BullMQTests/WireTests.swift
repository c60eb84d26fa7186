import BullMQ
import JSON
import Primitives
import RedisClient
import RedisTestSupport
import Testing

/// What is in the keys, compared with what the official clients write.
@Suite(.timeLimit(.minutes(10))) struct WireTests {
    /// Runs `body` with a queue and the client for looking at its keys.
    func withKeys(_ body: @Sendable (Queue, Redis) async throws -> Void) async throws {
        let redis = try await Redis(url: TestRedis.url(), logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await redis.run() }
            defer { group.cancelAll() }
            try await body(Queue("w\(UInt64.random(in: 0...(.max)))", redis: redis), redis)
        }
    }

    @Test func standardJobBeforeAndAfter() async throws {
        try await withKeys { queue, redis in
            let data = #"{"color":"red","n":1.5,"u":"\u00e9","nul":null,"list":[],"obj":{}}"#
            let added = try await queue.add("paint", data: try RawJSON(validating: Array(data.utf8)))
            #expect(added == AddedJob(id: "1", isNew: true))
            var job = hash(try await queue.raw(redis, "HGETALL", "1"))
            #expect(Set(job.keys) == ["name", "data", "opts", "timestamp", "delay", "priority"])
            #expect(job["name"] == "paint" && job["data"] == data && job["delay"] == "0" && job["priority"] == "0")
            #expect(try JSONValue(parsing: job["opts"] ?? "") == ["delay": 0, "attempts": 0])
            #expect(try await queue.raw(redis, "GET", "id").string == "1")
            #expect(hash(try await queue.raw(redis, "ZRANGE", "marker", 0, -1, "WITHSCORES")) == ["0": "0"])
            #expect(hash(try await queue.raw(redis, "HGETALL", "meta")) == ["opts.maxLenEvents": "10000"])
            #expect(try await queue.raw(redis, "LRANGE", "wait", 0, -1) == .array([.bulkString([49])]))

            let lock = Notes<String>()
            let worker = Worker(queue.name, redis: redis, options: .init(name: "w1"), logger: quiet) { job, context in
                #expect(job.attemptsMade == 0 && job.attemptsStarted == 1 && job.processedOn != nil)
                lock.add(try await queue.raw(redis, "GET", "1:lock").string ?? "none")
                #expect(lock.all == [context.token])
                #expect(try await queue.raw(redis, "PTTL", "1:lock").int ?? 0 > 10_000)
                #expect(try await queue.state(of: job.id) == .active)
                try await context.updateProgress(["pct": 50])
                try await context.log("row one")
                return ["ok": true]
            }
            try await withWorkers([worker]) { try await queue.wait(for: 1, in: .completed) }

            job = hash(try await queue.raw(redis, "HGETALL", "1"))
            #expect(job["atm"] == "1" && job["ats"] == "1" && job["pb"] == "w1" && job["returnvalue"] == #"{"ok":true}"#)
            #expect(job["progress"] == #"{"pct":50}"# && job["finishedOn"] != nil && job["data"] == data)
            #expect(try await queue.raw(redis, "ZSCORE", "completed", "1").string == job["finishedOn"])
            #expect(try await queue.logs(of: "1") == ["row one"])
            #expect(try await queue.raw(redis, "EXISTS", "1:lock").int == 0)
            #expect(try await queue.raw(redis, "LLEN", "active").int == 0)
            #expect(
                try await events(queue, redis) == [
                    "added jobId=1 name=paint", "waiting jobId=1", "active jobId=1 prev=waiting", #"progress jobId=1 data={"pct":50}"#,
                    #"completed jobId=1 returnvalue={"ok":true} prev=active"#, "drained",
                ])
        }
    }

    @Test func delayedScores() async throws {
        try await withKeys { queue, redis in
            let created = Timestamp(milliseconds: 2_000_000_000_000)
            let delays = [60_000, 60_000, 60_000, 60_001]
            try await queue.addBulk(
                delays.map { NewJob("d", data: JSONValue.null, options: .init(delay: .milliseconds($0), timestamp: created)) })
            let due = 2_000_000_060_000
            let scores = hash(try await queue.raw(redis, "ZRANGE", "delayed", 0, -1, "WITHSCORES"))
            #expect(
                scores.compactMapValues { Double($0).map { Int($0) } } == [
                    "1": due * 4096, "2": due * 4096 + 1, "3": due * 4096 + 2, "4": (due + 1) * 4096,
                ])
            #expect(hash(try await queue.raw(redis, "ZRANGE", "marker", 0, -1, "WITHSCORES")) == ["1": String(due)])
            #expect(try await events(queue, redis).filter { $0.hasPrefix("delayed") }.first == "delayed jobId=1 delay=\(due)")
            #expect(try await queue.jobs(in: .delayed).map(\.id) == ["1", "2", "3", "4"])
        }
    }

    @Test func priorityScores() async throws {
        try await withKeys { queue, redis in
            try await queue.addBulk([10, 1, 10, 2_097_151].map { NewJob("p", data: JSONValue.null, options: .init(priority: $0)) })
            let scores = hash(try await queue.raw(redis, "ZRANGE", "prioritized", 0, -1, "WITHSCORES"))
            #expect(
                scores.compactMapValues { Double($0).map { Int($0) } } == [
                    "2": 4_294_967_298, "1": 42_949_672_961, "3": 42_949_672_963, "4": 9_007_194_959_773_700,
                ])
        }
    }

    @Test func duplicateIDsChangeNothing() async throws {
        try await withKeys { queue, redis in
            let first = try await queue.add("a", data: ["n": 1], options: .init(id: "x"))
            let again = try await queue.addBulk([
                NewJob("b", data: ["n": 2], options: .init(id: "x")), NewJob("c", data: ["n": 3]),
            ])
            #expect(first == AddedJob(id: "x", isNew: true))
            #expect(again == [AddedJob(id: "x", isNew: false), AddedJob(id: "3", isNew: true)])
            #expect(try await queue.job("x")?.data.text == #"{"n":1}"#)
            #expect(try await events(queue, redis).contains("duplicated jobId=x"))
            #expect(try await queue.counts()[.wait] == 2)
        }
    }

    @Test func optionNames() async throws {
        let options = JobOptions(
            id: "o", attempts: 3, backoff: .exponential(.milliseconds(200), jitter: 0.5), lifo: true, removeOnComplete: .newest(5),
            removeOnFail: .within(count: 3, age: .seconds(60)), stackTraceLimit: 1, keepLogs: 7)
        let json = JSONValue.object(options.object)
        #expect(
            json == [
                "jobId": "o", "attempts": 3, "backoff": ["type": "exponential", "delay": 200, "jitter": 0.5], "lifo": true,
                "removeOnComplete": 5, "removeOnFail": ["count": 3, "age": 60], "stackTraceLimit": 1, "kl": 7, "delay": 0,
            ])
        #expect(JobOptions(options.object) == options)
        let long = try JSONValue(parsing: #"{"keepLogs":2,"backoff":700,"failParentOnFailure":true,"removeOnComplete":true,"mine":[1]}"#)
        let read = JobOptions(try #require(long.object))
        #expect(read.keepLogs == 2 && read.backoff == .fixed(.milliseconds(700)) && read.removeOnComplete == JobRetention.none)
        #expect(read.onFailure == .failParent && read.other == ["mine": [1]])
    }

    @Test(arguments: ["0", "0:x", "123", "-5", "a:b"]) func refusedIDs(_ id: String) async throws {
        try await withKeys { queue, redis in
            await #expect(throws: BullMQError.self) { try await queue.add("a", data: JSONValue.null, options: .init(id: id)) }
            let counter = try await queue.raw(redis, "EXISTS", "id")
            #expect(counter.int == 0)
        }
    }

    @Test func refusedOptions() async throws {
        try await withKeys { queue, _ in
            for options in [
                JobOptions(priority: 2_097_152), JobOptions(priority: -1), JobOptions(delay: .seconds(-1)), JobOptions(sizeLimit: 3),
                JobOptions(backoff: .fixed(.seconds(1), jitter: 2)),
            ] {
                await #expect(throws: BullMQError.self) { try await queue.add("a", data: ["é": 1], options: options) }
            }
        }
    }

    @Test func pauseHoldsAndResumeReleases() async throws {
        try await withKeys { queue, redis in
            try await queue.pause()
            try await queue.add("a", data: JSONValue.null)
            #expect(try await queue.isPaused())
            #expect(try await queue.raw(redis, "EXISTS", "marker").int == 0)
            _ = try await queue.raw(redis, "RPUSH", "paused", "gone")
            let worker = Worker(queue.name, redis: redis, logger: quiet) { _, _ in nil }
            try await withWorkers([worker]) {
                try await Task.sleep(for: .milliseconds(200))
                #expect(try await queue.counts()[.wait] == 1)
                try await queue.resume()
                try await queue.wait(for: 1, in: .completed)
            }
            // The entry of the old list had no job: it is dropped rather than brought to life.
            #expect(try await queue.raw(redis, "EXISTS", "gone").int == 0)
            #expect(try await queue.counts()[.active] == 0)
        }
    }

    @Test func removal() async throws {
        try await withKeys { queue, redis in
            try await queue.add("a", data: JSONValue.null, options: .init(id: "w"))
            try await queue.add("a", data: JSONValue.null, options: .init(id: "d", delay: .seconds(60)))
            for id in ["w", "d", "never"] { try await queue.remove(id) }
            #expect(try await queue.counts().values.allSatisfy { $0 == 0 })
            #expect(try await events(queue, redis).suffix(2) == ["removed jobId=w prev=wait", "removed jobId=d prev=delayed"])
            _ = try await queue.raw(redis, "SET", "held:lock", "t")
            let error = await #expect(throws: BullMQError.self) { try await queue.remove("held") }
            #expect(error?.code == .locked)
        }
    }

    @Test func tellsParents() async throws {
        try await withKeys { queue, redis in
            let base = "bull:\(queue.name)"
            // A flow as another client leaves it: a parent waiting for two children, one of which it can do without.
            _ = try await queue.raw(
                redis, "HSET", "root", "name", "r", "data", "{}", "opts", "{}", "timestamp", 1, "delay", 0, "priority", 0)
            _ = try await queue.raw(redis, "ZADD", "waiting-children", 1, "root")
            for (id, link) in [
                ("c1", #"{"id":"root","queueKey":"\#(base)"}"#), ("c2", #"{"id":"root","queueKey":"\#(base)","idof":true}"#),
            ] {
                _ = try await queue.raw(
                    redis, "HSET", id, "name", RedisArgument(id), "data", "{}", "opts", "{}", "timestamp", 1, "delay", 0, "priority", 0,
                    "parentKey",
                    "\(base):root", "parent", RedisArgument(link))
                _ = try await queue.raw(redis, "SADD", "root:dependencies", "\(base):\(id)")
                _ = try await queue.raw(redis, "LPUSH", "wait", "\(id)")
            }
            let order = Notes<String>()
            let worker = Worker(queue.name, redis: redis, logger: quiet) { job, _ in
                order.add(job.id)
                if job.id == "c2" { throw Oops(description: "no") }
                return ["v": 11]
            }
            try await withWorkers([worker]) { try await queue.wait(for: 2, in: .completed) }
            #expect(order.all == ["c1", "c2", "root"])
            #expect(hash(try await queue.raw(redis, "HGETALL", "root:processed")) == ["\(base):c1": #"{"v":11}"#])
            #expect(hash(try await queue.raw(redis, "HGETALL", "root:failed")) == ["\(base):c2": "no"])
        }
    }

    @Test func freesDeduplicationIDs() async throws {
        try await withKeys { queue, redis in
            let job = try await queue.add("a", data: JSONValue.null)
            _ = try await queue.raw(redis, "HSET", "\(job.id)", "deid", "k")
            _ = try await queue.raw(redis, "SET", "de:k", "\(job.id)")
            _ = try await queue.raw(
                redis, "HSET", "dn:k", "name", "next", "data", #"{"n":3}"#, "opts", #"{"de":{"id":"k","keepLastIfActive":true}}"#, "jid",
                "3")
            let worker = Worker(queue.name, redis: redis, logger: quiet) { _, _ in nil }
            try await withWorkers([worker]) { try await queue.wait(for: 2, in: .completed) }
            #expect(try await queue.job("3")?.data.text == #"{"n":3}"#)
            #expect(try await queue.raw(redis, "EXISTS", "de:k").int == 0)
            let names = try await events(queue, redis)
            #expect(
                try #require(names.firstIndex(of: "added jobId=3 name=next")) < #require(
                    names.firstIndex { $0.hasPrefix("completed jobId=1") }))
        }
    }
}
