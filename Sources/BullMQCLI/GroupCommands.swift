import ArgumentParser
import BullMQ
import JSON
import Primitives

struct GroupsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "groups", abstract: "The groups of a queue, whose turns are fair.",
        discussion: """
            A group is named by its path: one to three names, with a slash between them. A slash in a name is written %2F, a percent sign %25.

            Examples:
              bullmq groups list --queue mail
              bullmq groups set --queue mail acme --weight 4 --concurrency 20
              bullmq groups set --queue mail acme/orders --rate 100 --per 1s
              bullmq groups pause --queue mail acme
            """,
        subcommands: [
            ListGroupsCommand.self, GetGroupCommand.self, SetGroupCommand.self, PauseGroupCommand.self, ResumeGroupCommand.self,
            DrainGroupCommand.self,
        ])
}

/// The path of a group as a command line has it.
struct GroupPath: ExpressibleByArgument {
    let names: [String]

    init?(argument: String) {
        names = argument.split(separator: "/", omittingEmptySubsequences: false).map {
            String($0).replacing("%2F", with: "/").replacing("%25", with: "%")
        }
        if names.contains("") || names.count > 3 { return nil }
    }

    static func text(_ names: [String]) -> String {
        names.map { $0.replacing("%", with: "%25").replacing("/", with: "%2F") }.joined(separator: "/")
    }
}

struct ListGroupsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "All groups, or some, in the order of their paths.")

    @OptionGroup var target: QueueOptions
    @Option(help: "Begin after this one.") var after: GroupPath?
    @Option(help: "How many at most.") var limit: Int?

    func validate() throws {
        if limit ?? 1 < 1 { throw ValidationError("--limit is at least 1.") }
    }

    func run() async throws {
        let isJSON = target.json
        try await target.withQueue { queue, _ in
            if !isJSON { say(GroupInfo.heading) }
            var (next, left) = (after?.names, limit ?? .max)
            repeat {
                let page = try await queue.groups(after: next, limit: min(left, 1000))
                for group in page.groups { say(isJSON ? JSONValue.object(group.object).text() : group.row) }
                left -= page.groups.count
                next = page.next
            } while next != nil && left > 0
        }
    }
}

struct GetGroupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "get", abstract: "One group.")

    @OptionGroup var target: QueueOptions
    @Argument(help: "Its path, such as acme/orders.") var path: GroupPath

    func run() async throws {
        let isJSON = target.json
        try await target.withQueue { queue, _ in
            guard let group = try await queue.group(path.names) else {
                complain("There is no group \(shown(GroupPath.text(path.names))).")
                throw ExitCode(2)
            }
            if isJSON {
                say(JSONValue.object(group.object).text())
            } else {
                say(GroupInfo.heading)
                say(group.row)
            }
        }
    }
}

struct SetGroupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Replace the settings of a group; what is not given is as by default.")

    @OptionGroup var target: QueueOptions
    @Argument(help: "Its path, such as acme/orders.") var path: GroupPath
    @Option(help: "Its share of the turns beside the others; default 1.") var weight: Double?
    @Option(help: "How many of its jobs may run at once.") var concurrency: Int?
    @Option(help: "How many of its jobs may start in the time that --per says.") var rate: Int?
    @Option(help: "The time of --rate.") var per: DurationArgument?
    @Flag(help: "Its jobs run one after the other, each until it has ended.") var ordered = false

    func validate() throws {
        if let weight, !(weight > 0 && weight.isFinite) { throw ValidationError("--weight is above 0.") }
        if concurrency ?? 1 < 1 { throw ValidationError("--concurrency is at least 1; to let nothing run, pause the group.") }
        if (rate == nil) != (per == nil) { throw ValidationError("--rate and --per go together.") }
        if rate ?? 1 < 1 { throw ValidationError("--rate is at least 1.") }
        if let per, per.duration < .milliseconds(1) { throw ValidationError("--per is at least 1ms.") }
    }

    func run() async throws {
        var limit: RateLimit?
        if let rate, let per { limit = RateLimit(max: rate, per: per.duration) }
        let settings = GroupSettings(weight: weight, concurrency: concurrency, rate: limit, isOrdered: ordered)
        try await target.withQueue { queue, _ in try await queue.setGroup(path.names, settings) }
    }
}

struct PauseGroupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Start no job of a group, nor of those below it, until `resume`.")

    @OptionGroup var target: QueueOptions
    @Argument(help: "Its path, such as acme/orders.") var path: GroupPath

    func run() async throws {
        try await target.withQueue { queue, _ in try await queue.pauseGroup(path.names) }
    }
}

struct ResumeGroupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "End a pause of a group.")

    @OptionGroup var target: QueueOptions
    @Argument(help: "Its path, such as acme/orders.") var path: GroupPath

    func run() async throws {
        try await target.withQueue { queue, _ in try await queue.resumeGroup(path.names) }
    }
}

struct DrainGroupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Delete the ready jobs of a group and of those below it. Prints how many.")

    @OptionGroup var target: QueueOptions
    @Argument(help: "Its path, such as acme/orders.") var path: GroupPath
    @Flag(help: "Delayed jobs as well.") var delayed = false

    func run() async throws {
        let isJSON = target.json
        try await target.withQueue { queue, _ in
            let count = try await queue.drainGroup(path.names, includingDelayed: delayed)
            say(isJSON ? JSONValue.object(["deleted": .number(count)]).text() : "\(count)")
        }
    }
}

extension GroupInfo {
    static var heading: String {
        column("WAITING", 10) + column("ACTIVE", 8) + column("DELAYED", 9) + column("WEIGHT", 8) + column("LIMIT", 7)
            + column("RATE", 12) + column("OLDEST", 10) + "GROUP"
    }

    var row: String {
        let rate = settings.rate.map { "\($0.max)/\($0.duration.milliseconds)ms" } ?? "-"
        let age = oldestWaiting.map { "\(max(0, (Timestamp.now - $0).milliseconds / 1000))s" } ?? "-"
        let state = isPaused ? "  PAUSED" : limitedUntil.map { "  limited until \($0.rfc3339)" } ?? ""
        return Self.column("\(waiting)", 10) + Self.column("\(active)", 8) + Self.column("\(delayed)", 9)
            + Self.column(settings.weight.map { "\($0)" } ?? "1", 8) + Self.column(settings.concurrency.map { "\($0)" } ?? "-", 7)
            + Self.column(rate, 12) + Self.column(age, 10) + shown(GroupPath.text(path)) + (settings.isOrdered ? "  ordered" : "") + state
    }

    private static func column(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    var object: JSONObject {
        var object: JSONObject = [
            "path": .array(path.map { .string($0) }), "waiting": .number(waiting), "active": .number(active), "delayed": .number(delayed),
            "groups": .number(children), "weight": .number(settings.weight ?? 1), "paused": .bool(isPaused),
            "ordered": .bool(settings.isOrdered),
        ]
        object["concurrency"] = settings.concurrency.map { .number($0) } ?? .null
        object["rate"] = settings.rate.map { ["max": .number($0.max), "duration": .number($0.duration.milliseconds)] } ?? .null
        object["oldestWaiting"] = oldestWaiting.map { .number($0.milliseconds) } ?? .null
        object["limitedUntil"] = limitedUntil.map { .number($0.milliseconds) } ?? .null
        return object
    }
}
