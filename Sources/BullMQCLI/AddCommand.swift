import ArgumentParser
import BullMQ
import JSON

struct AddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Add one job and print its id.",
        discussion: """
            Examples:
              bullmq add --queue mail --name welcome --data '{"to":"a@example.com"}'
              bullmq add --queue mail --name later --opts '{"delay":60000,"attempts":3,"backoff":{"type":"exponential","delay":1000}}'
              bullmq add --queue mail --name once --opts '{"deduplication":{"id":"a@example.com","ttl":3600000}}'
            """)

    @OptionGroup var target: QueueOptions
    @Option(help: "The job's name.") var name: String
    @Option(help: "The job's data, JSON, stored as it is.") var data = "{}"
    @Option(help: "The job's options, a JSON object as BullMQ writes it.") var opts: String?

    func run() async throws {
        let job = try JobLine.job(name: name, data: Array(data.utf8), options: opts.map { Array($0.utf8) })
        let isJSON = target.json
        try await target.withQueue { queue, _ in
            say(JobLine.describe(try await queue.add(job.name, data: job.data, options: job.options), isJSON: isJSON))
        }
    }
}

struct AddBulkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add-bulk", abstract: "Add the jobs on standard input and print their ids.",
        discussion: """
            Each line is {"name","data","opts"}; data and opts may be missing. Jobs are added in their order and as they come, up to a \
            thousand a round trip. A line that is wrong ends it: jobs whose ids were printed have been added, and no others.

            Examples:
              jq -c '.users[] | {name: "welcome", data: .}' users.json | bullmq add-bulk --queue mail
              tail -f orders.jsonl | bullmq add-bulk --queue orders
            """)

    /// Lines that go together; reading never runs further ahead than this.
    private static let batch = 1000

    @OptionGroup var target: QueueOptions

    func run() async throws {
        let isJSON = target.json
        try await target.withQueue { queue, _ in
            var reader = LineReader()
            var number = 0
            while case let lines = reader.next(upTo: Self.batch), !lines.isEmpty {
                var jobs: [NewJob] = []
                for line in lines {
                    number += 1
                    if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }) { continue }
                    do { jobs.append(try JobLine.parse(line)) } catch { throw ValidationError("Line \(number): \(error)") }
                }
                try await Self.add(jobs, to: queue, isJSON: isJSON)
            }
        }
    }

    private static func add(_ jobs: [NewJob], to queue: Queue, isJSON: Bool) async throws {
        guard !jobs.isEmpty else { return }
        let added = try await queue.addBulk(jobs)
        say(added.map { JobLine.describe($0, isJSON: isJSON) }.joined(separator: "\n"))
    }
}

/// A job as somebody writes it on a command line or in a file.
enum JobLine {
    static func parse(_ line: ArraySlice<UInt8>) throws -> NewJob {
        let object = try RawJSONObject(parsing: Array(line))
        guard let name = try object["name"].flatMap({ try JSONValue(parsing: $0.bytes).string }) else {
            throw ValidationError(#""name" is missing or no string"#)
        }
        return try job(name: name, data: object["data"]?.bytes ?? Array("{}".utf8), options: object["opts"]?.bytes)
    }

    static func job(name: String, data: [UInt8], options: [UInt8]?) throws -> NewJob {
        NewJob(name, data: try json(data, "data"), options: try self.options(options))
    }

    static func options(_ bytes: [UInt8]?) throws -> JobOptions {
        guard let bytes else { return JobOptions() }
        do {
            guard let object = try JSONValue(parsing: bytes).object else { throw ValidationError("The options must be a JSON object.") }
            return try JobOptions(checking: object)
        } catch let error as BullMQError {
            throw ValidationError(error.message)
        } catch let error as JSONError {
            throw ValidationError("The options are not JSON: \(error)")
        }
    }

    static func json(_ bytes: [UInt8], _ what: String) throws -> RawJSON {
        do {
            return try RawJSON(validating: bytes)
        } catch {
            throw ValidationError("The \(what) is not JSON: \(error)")
        }
    }

    static func describe(_ added: AddedJob, isJSON: Bool) -> String {
        isJSON ? JSONValue.object(["id": .string(added.id), "isNew": .bool(added.isNew)]).text() : added.id
    }
}
