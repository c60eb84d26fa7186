import ArgumentParser
import BullMQ
import JSON

struct CountsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "counts", abstract: "How many jobs are in each state.")

    @OptionGroup var target: QueueOptions

    func run() async throws {
        let isJSON = target.json
        try await target.withQueue { queue, _ in
            let counts = try await queue.counts()
            var object = JSONObject()
            for state in JobState.allCases { object[state.rawValue] = .number(counts[state] ?? 0) }
            if isJSON {
                say(JSONValue.object(object).text())
            } else {
                for (state, count) in object { say("\(state): \(count)") }
            }
        }
    }
}
