import ArgumentParser
import BullMQ
import JSON

struct AddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "add", abstract: "Add one job and print its id.")

    @OptionGroup var target: QueueOptions
    @Option(help: "The job's name.") var name: String
    @Option(help: "The job's data, JSON, stored as it is.") var data = "{}"
    @Option(help: #"Options as BullMQ writes them: {"delay":1000,"attempts":3,"backoff":{"type":"exponential","delay":200}}"#)
    var opts: String?

    func run() async throws {
        let job = try JobLine.job(name: name, data: Array(data.utf8), options: opts.map { Array($0.utf8) })
        let isJSON = target.json
        try await target.withQueue { queue, _ in
            let added = try await queue.add(job.name, data: job.data, options: job.options)
            say(isJSON ? JSONValue.object(["id": .string(added.id), "isNew": .bool(added.isNew)]).text() : added.id)
        }
    }
}

struct AddBulkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add-bulk", abstract: #"Add the jobs on standard input, lines of {"name","data","opts"}, and print their ids."#)

    /// Lines that go together; reading never runs further ahead than this.
    private static let batch = 1000

    @OptionGroup var target: QueueOptions

    func run() async throws {
        let isJSON = target.json
        try await target.withQueue { queue, _ in
            var jobs: [NewJob] = []
            var number = 0
            while let line = readLine() {
                number += 1
                if line.allSatisfy(\.isWhitespace) { continue }
                do { jobs.append(try JobLine.parse(line)) } catch { throw ValidationError("Line \(number): \(error)") }
                if jobs.count == Self.batch {
                    try await Self.add(jobs, to: queue, isJSON: isJSON)
                    jobs = []
                }
            }
            try await Self.add(jobs, to: queue, isJSON: isJSON)
        }
    }

    private static func add(_ jobs: [NewJob], to queue: Queue, isJSON: Bool) async throws {
        for added in try await queue.addBulk(jobs) {
            say(isJSON ? JSONValue.object(["id": .string(added.id), "isNew": .bool(added.isNew)]).text() : added.id)
        }
    }
}

/// A job as somebody writes it on a command line or in a file.
enum JobLine {
    static func parse(_ line: String) throws -> NewJob {
        let object = try RawJSONObject(parsing: Array(line.utf8))
        guard let name = try object["name"].flatMap({ try JSONValue(parsing: $0.bytes).string }) else {
            throw ValidationError(#""name" is missing or no string"#)
        }
        return try job(name: name, data: object["data"]?.bytes ?? Array("{}".utf8), options: object["opts"]?.bytes)
    }

    static func job(name: String, data: [UInt8], options: [UInt8]?) throws -> NewJob {
        var parsed = JobOptions()
        if let options {
            guard let object = try JSONValue(parsing: options).object else { throw ValidationError("the options must be a JSON object") }
            parsed = JobOptions(object)
        }
        return NewJob(name, data: try RawJSON(validating: data), options: parsed)
    }
}
