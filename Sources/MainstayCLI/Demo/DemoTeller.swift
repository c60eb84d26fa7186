import Primitives

/// A failure that has been printed and stands in the report: nothing is left to do but stop.
struct DemoToldFailure: Error {}

/// Runs the steps one after another, times each, prints it and keeps the report.
final class DemoTeller {
    /// What a step has to tell.
    struct Telling {
        /// A line each.
        var seen: [String]
        var curl: [String] = []
    }

    var report = DemoReport()
    private let output: DemoOutput

    init(output: DemoOutput) { self.output = output }

    func step<Value>(_ title: String, _ body: () async throws -> (Value, Telling)) async throws(DemoToldFailure) -> Value {
        let start = ContinuousClock.now
        do {
            let (value, telling) = try await body()
            let step = DemoReport.Step(title: title, seen: telling.seen, elapsed: .now - start, curl: telling.curl)
            report.steps.append(step)
            output.step(report.steps.count, step)
            return value
        } catch {
            // A cancelled request looks like a broken one; whoever cancelled wants no report of it.
            if !Task.isCancelled {
                fail(title, error as? DemoFailure ?? DemoFailure(.unexpectedAnswer, "\(error)"))
            }
            throw DemoToldFailure()
        }
    }

    /// A step after which nothing needs to be known.
    func step(_ title: String, _ body: () async throws -> Telling) async throws(DemoToldFailure) {
        _ = try await step(title) { ((), try await body()) }
    }

    func fail(_ title: String, _ failure: DemoFailure) {
        report.failure = failure
        output.failure(report.steps.count + 1, title: title, failure)
        output.headline("The story ended early: step \(report.steps.count + 1) failed.")
    }

    func summary() {
        let time = DemoOutput.text(of: report.elapsed)
        output.headline(
            "All \(report.steps.count) steps passed in \(time): \(report.accepted) messages accepted, "
                + "\(report.verified) deliveries verified.")
        guard !report.farewell.isEmpty else { return }
        output.line()
        output.line("Publish a message yourself, and read it back:")
        output.line()
        for command in report.farewell {
            output.line(command)
            output.line()
        }
    }
}
