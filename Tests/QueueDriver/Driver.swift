import BullMQ
import JSON
import Logging
import Primitives
import RedisClient
import Synchronization

/// Answers requests; keeps the workers and the held jobs that they speak of by name.
final class Driver: Sendable {
    struct State {
        var workers: [String: Worker] = [:]
        var runs: [String: [JSONValue]] = [:]
        var manual: [String: ManualWorker] = [:]
        var held: [String: HeldJob] = [:]
    }

    let redis: Redis
    let logger: Logger
    let state = Mutex(State())

    init(redis: Redis, logger: Logger) {
        self.redis = redis
        self.logger = logger
    }

    func answer(_ line: String) async -> String {
        var reply = JSONObject()
        do {
            let request = Request(try JSONValue(parsing: line))
            reply["id"] = request["id"]
            reply["result"] = try await perform(request)
        } catch let error as BullMQError {
            reply["error"] = .string(error.code.rawValue)
            reply["message"] = .string(error.message)
        } catch {
            reply["error"] = "other"
            reply["message"] = .string("\(error)")
        }
        return JSONValue.object(reply).text()
    }

    private func perform(_ request: Request) async throws -> JSONValue {
        let queue = Queue(request.text("queue"), prefix: request["prefix"]?.string ?? "bull", redis: redis)
        if let result = try await add(request, queue) { return result }
        if let result = try await inspect(request, queue) { return result }
        if let result = try await change(request, queue) { return result }
        if let result = try await control(request, queue) { return result }
        if let result = try await schedule(request, queue) { return result }
        if let result = try await work(request, queue) { return result }
        if let result = try await hold(request, queue) { return result }
        throw BullMQError(.invalidOptions, "unknown operation \(request.text("op"))")
    }
}

/// One request, with short ways to its parts.
struct Request {
    private let value: JSONValue

    init(_ value: JSONValue) {
        self.value = value
    }

    subscript(_ name: String) -> JSONValue? { value[name] }
    var op: String { text("op") }
    func text(_ name: String) -> String { value[name]?.string ?? "" }
    func int(_ name: String) -> Int? { value[name]?.int }
    func flag(_ name: String) -> Bool { value[name]?.bool ?? false }
    func milliseconds(_ name: String) -> Duration { .milliseconds(value[name]?.int ?? 0) }
    func state(_ name: String) -> JobState { JobState(rawValue: text(name)) ?? .failed }
    var options: JobOptions { JobOptions(value["opts"]?.object ?? [:]) }
}

extension Driver {
    func add(_ request: Request, _ queue: Queue) async throws -> JSONValue? {
        switch request.op {
        case "add":
            let added = try await queue.add(request.text("name"), data: request["data"] ?? [:], options: request.options)
            return ["id": .string(added.id), "isNew": .bool(added.isNew)]
        case "addBulk":
            let jobs = (request["jobs"]?.array ?? []).map { job in
                NewJob(job["name"]?.string ?? "", data: job["data"] ?? [:], options: JobOptions(job["opts"]?.object ?? [:]))
            }
            return .array(try await queue.addBulk(jobs).map { .string($0.id) })
        case "flow":
            let producer = FlowProducer(prefix: request["prefix"]?.string ?? "bull", redis: redis)
            return Self.describe(try await producer.add(Self.tree(request["tree"] ?? .null)))
        case "flows":
            let producer = FlowProducer(prefix: request["prefix"]?.string ?? "bull", redis: redis)
            return .array(try await producer.addBulk((request["trees"]?.array ?? []).map(Self.tree)).map(Self.describe))
        default: return nil
        }
    }

    private static func tree(_ value: JSONValue) -> FlowJob {
        FlowJob(
            value["name"]?.string ?? "", queue: value["queueName"]?.string ?? "", data: value["data"] ?? [:],
            options: JobOptions(value["opts"]?.object ?? [:]), children: (value["children"]?.array ?? []).map(tree))
    }

    private static func describe(_ flow: AddedFlow) -> JSONValue {
        ["id": .string(flow.id), "isNew": .bool(flow.isNew), "children": .array(flow.children.map(describe))]
    }

    static func describe(_ job: Job) throws -> JSONValue {
        [
            "id": .string(job.id), "name": .string(job.name), "data": try job.json(), "opts": .object(job.options.object),
            "attemptsMade": .number(job.attemptsMade), "attemptsStarted": .number(job.attemptsStarted),
            "delay": .number(job.delay.milliseconds),
            "priority": .number(job.priority), "failedReason": .string(orNull: job.failedReason), "stalls": .number(job.stalls),
            "stacktrace": .array(job.stackTrace.map { .string($0) }), "processedBy": .string(orNull: job.processedBy),
            "returnvalue": try job.returnValue.map { try JSONValue(parsing: $0.bytes) } ?? .null,
            "progress": try job.progress.map { try JSONValue(parsing: $0.bytes) } ?? .null, "parentKey": .string(orNull: job.parentKey),
            "finishedOn": job.finishedOn.map { .number($0.milliseconds) } ?? .null,
            "processedOn": job.processedOn.map { .number($0.milliseconds) } ?? .null, "timestamp": .number(job.timestamp.milliseconds),
            "deduplicationId": .string(orNull: job.deduplicationID),
        ]
    }
}
