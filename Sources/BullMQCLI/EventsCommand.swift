import ArgumentParser
import BullMQ
import JSON
import Primitives

struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "What has happened in the queue, and with --follow, what happens.",
        discussion: """
            Each event has an id; --after goes on where another run stopped. Redis keeps the latest ten thousand or so.

            Examples:
              bullmq events --queue mail --follow
              bullmq events --queue mail --follow --json | jq -c 'select(.event == "failed")'
              bullmq events --queue mail --after 1795340558443-0
            """)

    @OptionGroup var target: QueueOptions
    @Flag(help: "Wait for more until interrupted; without --after, only what happens from now on.") var follow = false
    @Option(help: "Only events after the one with this id; 0: all.") var after: String?

    func validate() throws {
        guard let after else { return }
        let parts = after.split(separator: "-", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ UInt64($0) != nil }) else {
            throw ValidationError("An event's id looks like 1795340558443-0.")
        }
    }

    func run() async throws {
        let isJSON = target.json
        try await target.withQueue { queue, _ in
            if !follow {
                for event in try await queue.pastEvents(after: after ?? "0") { say(Self.text(event, isJSON: isJSON)) }
                return
            }
            let events = if let after { queue.events(after: after) } else { try await queue.events() }
            for try await event in events { say(Self.text(event, isJSON: isJSON)) }
        }
    }

    static func text(_ event: QueueEvent, isJSON: Bool) -> String {
        var object: JSONObject = ["id": .string(event.id), "event": .string(event.name)]
        object["jobId"] = event.jobID.map { .string($0) }
        let details = Self.details(event.kind)
        if isJSON {
            for (name, value) in details { object[name] = value }
            return JSONValue.object(object).text()
        }
        let pairs = details.map { "\($0.key)=\($0.value.string ?? $0.value.text())" }
        return shown(([event.timestamp.rfc3339, event.name] + (event.jobID.map { [$0] } ?? []) + pairs).joined(separator: "  "))
    }

    /// The fields of an event under their names on the wire.
    private static func details(_ kind: QueueEvent.Kind) -> JSONObject {
        switch kind {
        case .added(let name): ["name": .string(name)]
        case .waiting(let from), .waitingChildren(let from): from.map { ["prev": .string($0)] } ?? [:]
        case .delayed(let until): ["delay": .number(until.milliseconds)]
        case .active, .stalled, .duplicated, .drained, .paused, .resumed: [:]
        case .progress(let data): ["data": value(data)]
        case .completed(let returnValue): ["returnvalue": value(returnValue)]
        case .failed(let reason): ["failedReason": .string(reason)]
        case .retriesExhausted(let attempts): ["attemptsMade": .number(attempts)]
        case .removed(let from): ["prev": .string(from)]
        case .deduplicated(let id, let dropped): ["deduplicationId": .string(id), "deduplicatedJobId": .string(dropped)]
        case .cleaned(let count): ["count": .number(count)]
        case .custom(_, let fields):
            fields.sorted { $0.key < $1.key }.reduce(into: JSONObject()) { $0[$1.key] = .string($1.value) }
        }
    }

    private static func value(_ json: RawJSON) -> JSONValue {
        (try? JSONValue(parsing: json.bytes)) ?? .null
    }
}
