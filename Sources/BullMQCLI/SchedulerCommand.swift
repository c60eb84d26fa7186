import ArgumentParser
import BullMQ
import JSON
import Primitives

struct SchedulerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scheduler", abstract: "Jobs that repeat.",
        subcommands: [SchedulerSetCommand.self, SchedulerListCommand.self, SchedulerRemoveCommand.self])
}

struct SchedulerSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Create a job scheduler, or change it, and print its next job's id and time.",
        discussion: """
            Examples:
              bullmq scheduler set --queue mail digest --cron '0 9 * * MON-FRI' --timezone Europe/Berlin --name send-digest
              bullmq scheduler set --queue mail poll --every 30s --data '{"box":"in"}' --opts '{"removeOnComplete":10}'
            """)

    @OptionGroup var target: QueueOptions
    @Argument(help: "The scheduler's id.") var id: String
    @Option(help: "Interval: 500ms, 30s, 5m, 2h, 7d.") var every: DurationArgument?
    @Option(help: "Where in the interval, counted from 1970.") var offset: DurationArgument?
    @Option(help: "Cron expression of 5 fields, or 6 with seconds first.") var cron: String?
    @Option(help: "IANA time zone of the cron expression.") var timezone = "UTC"
    @Option(help: "How many jobs in all.") var limit: Int?
    @Option(help: "No job before this time: RFC 3339, or milliseconds since 1970.") var start: TimestampArgument?
    @Option(help: "No job after this time.") var end: TimestampArgument?
    @Flag(help: "With --cron: the first job at once.") var immediately = false
    @Option(help: "The jobs' name; default: the id.") var name: String?
    @Option(help: "The jobs' data, JSON.") var data = "{}"
    @Option(help: "The jobs' options, a JSON object as BullMQ writes it.") var opts: String?

    func validate() throws {
        if (every == nil) == (cron == nil) { throw ValidationError("Say either --every or --cron.") }
        if offset != nil, every == nil { throw ValidationError("--offset belongs to --every.") }
    }

    func run() async throws {
        let repetition: JobSchedule.Repetition
        if let every {
            repetition = .every(every.duration, offset: offset?.duration)
        } else {
            repetition = .cron(cron ?? "", timeZone: timezone)
        }
        let schedule = JobSchedule(
            repetition, limit: limit, start: start?.timestamp, end: end?.timestamp, isImmediate: immediately)
        let template = JobTemplate(
            name: name, data: try JobLine.json(Array(data.utf8), "data"), options: try JobLine.options(opts.map { Array($0.utf8) }))
        let isJSON = target.json
        try await target.withQueue { queue, _ in
            guard let job = try await queue.upsertScheduler(id, schedule, template: template) else {
                say(isJSON ? "null" : "nothing is left to be scheduled")
                return
            }
            say(
                isJSON
                    ? JSONValue.object(["id": .string(job.id), "delay": .number(job.delay.milliseconds)]).text()
                    : "\(job.id)  \(job.due.rfc3339)")
        }
    }
}

struct SchedulerListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "All job schedulers, the one due first at the top.")

    @OptionGroup var target: QueueOptions

    func run() async throws {
        let isJSON = target.json
        try await target.withQueue { queue, _ in
            for scheduler in try await queue.schedulers() {
                let object = Self.describe(scheduler)
                if isJSON {
                    say(JSONValue.object(object).text())
                } else {
                    let details = object.dropFirst(2).map { "\($0.key)=\($0.value.string ?? $0.value.text())" }
                    say(shown(([scheduler.next.rfc3339, scheduler.id] + details).joined(separator: "  ")))
                }
            }
        }
    }

    private static func describe(_ scheduler: JobScheduler) -> JSONObject {
        var object: JSONObject = ["id": .string(scheduler.id), "next": .number(scheduler.next.milliseconds)]
        switch scheduler.schedule?.repetition {
        case .every(let interval, _)?:
            object["every"] = .number(interval.milliseconds)
            object["offset"] = .number(scheduler.offset.milliseconds)
        case .cron(let pattern, let zone)?:
            object["pattern"] = .string(pattern)
            object["tz"] = .string(zone)
        case nil: break
        }
        object["name"] = scheduler.template.name.map { .string($0) }
        object["limit"] = scheduler.schedule?.limit.map { .number($0) }
        object["startDate"] = scheduler.schedule?.start.map { .number($0.milliseconds) }
        object["endDate"] = scheduler.schedule?.end.map { .number($0.milliseconds) }
        object["iterationCount"] = scheduler.iterations.map { .number($0) }
        object["data"] = try? JSONValue(parsing: scheduler.template.data.bytes)
        return object
    }
}

struct SchedulerRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove a job scheduler and its pending job.")

    @OptionGroup var target: QueueOptions
    @Argument(help: "The scheduler's id.") var id: String

    func run() async throws {
        try await target.withQueue { queue, _ in
            guard try await queue.removeScheduler(id) else {
                throw BullMQError(.notFound, "There is no scheduler \(id) in \(queue.name).")
            }
        }
    }
}
