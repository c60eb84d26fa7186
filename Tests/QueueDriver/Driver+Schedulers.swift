import BullMQ
import Foundation
import JSON
import Primitives

extension Driver {
    func schedule(_ request: Request, _ queue: Queue) async throws -> JSONValue? {
        let id = request.text("scheduler")
        switch request.op {
        case "upsertScheduler":
            let job = try await queue.upsertScheduler(id, Self.schedule(request), template: Self.template(request))
            return job.map { ["id": .string($0.id), "delay": .number($0.delay.milliseconds)] } ?? .null
        case "removeScheduler": return .bool(try await queue.removeScheduler(id))
        case "scheduler": return try await queue.scheduler(id).map(Self.describe) ?? .null
        case "schedulers": return .array(try await queue.schedulers().map(Self.describe))
        case "schedulerCount": return .number(try await queue.schedulerCount())
        case "cron": return try Self.cron(request)
        default: return nil
        }
    }

    private static func schedule(_ request: Request) -> JobSchedule {
        let repetition: JobSchedule.Repetition
        if let every = request.int("every") {
            repetition = .every(.milliseconds(every), offset: request.int("offset").map { .milliseconds($0) })
        } else {
            repetition = .cron(request.text("pattern"), timeZone: request["tz"]?.string ?? "UTC")
        }
        return JobSchedule(
            repetition, limit: request.int("limit"), start: request.time("startDate"), end: request.time("endDate"),
            isImmediate: request.flag("immediately"))
    }

    private static func template(_ request: Request) -> JobTemplate {
        JobTemplate(name: request["name"]?.string, data: request["data"] ?? [:], options: request.options)
    }

    private static func describe(_ scheduler: JobScheduler) -> JSONValue {
        var object: JSONObject = [
            "id": .string(scheduler.id), "next": .number(scheduler.next.milliseconds), "name": .string(orNull: scheduler.template.name),
            "data": (try? JSONValue(parsing: scheduler.template.data.bytes)) ?? .null,
            "opts": .object(scheduler.template.options.object), "offset": .number(scheduler.offset.milliseconds),
        ]
        if let iterations = scheduler.iterations { object["iterations"] = .number(iterations) }
        if let limit = scheduler.schedule?.limit { object["limit"] = .number(limit) }
        switch scheduler.schedule?.repetition {
        case .every(let interval, _)?: object["every"] = .number(interval.milliseconds)
        case .cron(let pattern, let zone)?:
            object["pattern"] = .string(pattern)
            object["tz"] = .string(zone)
        case nil: break
        }
        return .object(object)
    }

    /// The next `count` times of a pattern, in milliseconds.
    private static func cron(_ request: Request) throws -> JSONValue {
        guard let zone = TimeZone(iana: request.text("tz")) else { throw BullMQError(.invalidOptions, "no such zone") }
        let expression = try CronExpression(request.text("pattern"))
        if let note = expression.portabilityNote, request["whole"]?.bool != true { throw BullMQError(.invalidOptions, note) }
        var time = request.time("after") ?? .now
        var times: [JSONValue] = []
        for _ in 0..<(request.int("count") ?? 1) {
            guard let next = expression.next(after: time, in: zone) else { break }
            times.append(.number(next.milliseconds))
            time = next
        }
        return .array(times)
    }
}

extension Request {
    fileprivate func time(_ name: String) -> Timestamp? {
        int(name).map { Timestamp(milliseconds: Int64($0)) }
    }
}
