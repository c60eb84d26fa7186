import ArgumentParser
import BullMQ
import Foundation
import JSON

struct FlowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flow", abstract: "Jobs that wait for other jobs.", subcommands: [FlowAddCommand.self])
}

struct FlowAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Add a tree of jobs, whole or not at all, and print the root's id.",
        discussion: """
            The tree is {"name","queueName","data","opts","children":[…]}; queueName defaults to --queue. Without --tree it is read from \
            standard input.

            Example:
              echo '{"name":"report","children":[{"name":"page","queueName":"pages","data":{"n":1}}]}' | bullmq flow add --queue reports
            """)

    @OptionGroup var target: QueueOptions
    @Option(help: "The tree, JSON.") var tree: String?

    func run() async throws {
        let bytes = tree.map { Array($0.utf8) } ?? Array(FileHandle.standardInput.readDataToEndOfFile())
        let flow = try Self.parse(bytes, queue: target.queue)
        let (isJSON, prefix) = (target.json, target.prefix)
        try await target.withQueue { queue, _ in
            let added = try await FlowProducer(prefix: prefix, redis: queue.redis).add(flow)
            say(isJSON ? Self.describe(added).text() : added.id)
        }
    }

    /// The root's data is kept byte for byte; numbers keep their digits everywhere.
    private static func parse(_ bytes: [UInt8], queue: String) throws -> FlowJob {
        let object: RawJSONObject
        do { object = try RawJSONObject(parsing: bytes) } catch { throw ValidationError("The tree is not a JSON object: \(error)") }
        func text(_ name: String) throws -> String? { try object[name].flatMap { try JSONValue(parsing: $0.bytes).string } }
        guard let name = try text("name") else { throw ValidationError(#"Every job of the tree needs a "name"."#) }
        return FlowJob(
            name, queue: try text("queueName") ?? queue, data: object["data"] ?? RawJSON(JSONValue.object([:])),
            options: try JobLine.options(object["opts"]?.bytes),
            children: try children(object["children"]).map { try parse($0, queue: queue) })
    }

    private static func children(_ json: RawJSON?) throws -> [[UInt8]] {
        guard let json else { return [] }
        guard let elements = try JSONValue(parsing: json.bytes).array else { throw ValidationError(#""children" is a list."#) }
        return elements.map { $0.bytes() }
    }

    private static func describe(_ flow: AddedFlow) -> JSONValue {
        [
            "id": .string(flow.id), "queue": .string(flow.queue), "isNew": .bool(flow.isNew),
            "children": .array(flow.children.map(describe)),
        ]
    }
}
