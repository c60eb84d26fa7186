import DevServices
import Foundation
import Logging
import PostgresClient
import Primitives
import TypedSQL

/// TypedSQL beside PostgresClient with the same SQL by hand, and beside SQLAlchemy Core over asyncpg.
///
/// usage: TypedSQLBench rendering | [ROUNDS [SECONDS [PYTHON [SCRIPT]]]]: PYTHON has sqlalchemy[asyncio] and asyncpg installed.
@main
struct TypedSQLBench {
    static let connections = 4
    static let inFlight = 16

    static func main() async throws {
        let arguments = CommandLine.arguments
        if arguments.dropFirst().first == "rendering" {
            for (name, microseconds) in measureRendering() { say("\(name): \(hundredths(microseconds)) us\n") }
            return
        }
        let rounds = arguments.count > 1 ? Int(arguments[1]) ?? 5 : 5
        let seconds = arguments.count > 2 ? Double(arguments[2]) ?? 1 : 1
        let python = arguments.count > 3 ? arguments[3] : nil
        let script = arguments.count > 4 ? arguments[4] : "Benchmarks/TypedSQLBench/sqlalchemy_core.py"
        let services = try await DevServices.start(
            in: NSTemporaryDirectory() + "typedsql-bench-\(getpid())",
            options: DevServicesOptions(durable: false, redis: false, removeWhenDone: true, postgresSettings: ["shared_buffers": "256MB"]))
        var configuration = try PostgresPoolConfiguration(url: services.databaseURL)
        configuration.maximumConnections = connections
        configuration.minimumConnections = connections
        let pool = try PostgresPool(configuration, logger: Logger(label: "bench"))
        try await withThrowingTaskGroup { group in
            group.addTask { try await pool.run() }
            try await fill(pool)
            say("median of \(rounds) rounds of \(seconds) s, \(connections) connections, \(inFlight) in flight\n")
            if let only = ProcessInfo.processInfo.environment["BENCH_PROFILE"], let workload = workloads.first(where: { $0.name == only }) {
                // For a profiler: one kind of work, ours alone.
                let isByHand = ProcessInfo.processInfo.environment["BENCH_BY_HAND"] != nil
                let figures = try await measure(pool, seconds: seconds * Double(rounds), isByHand ? workload.direct : workload.typed)
                say("\(only): \(Int(figures.rate))/s \(tenths(figures.microseconds)) us\n")
                await pool.close()
                return try await group.waitForAll()
            }
            for workload in workloads {
                var typed: [Figures] = []
                var direct: [Figures] = []
                var alchemy: [Figures] = []
                _ = try await measure(pool, seconds: 0.3, workload.typed)
                _ = try await measure(pool, seconds: 0.3, workload.direct)
                for round in 0..<rounds {
                    // Each goes first in turn.
                    for step in 0..<2 {
                        if (round + step) % 2 == 0 {
                            typed.append(try await measure(pool, seconds: seconds, workload.typed))
                        } else {
                            direct.append(try await measure(pool, seconds: seconds, workload.direct))
                        }
                    }
                    if let python { alchemy.append(try runPython(python, script, services.databaseURL, workload.name, seconds)) }
                    try await pool.execute("truncate events")
                }
                report(workload.name, typed, direct, alchemy)
            }
            await pool.close()
            try await group.waitForAll()
        }
        await services.stop()
    }

    private static func fill(_ pool: PostgresPool) async throws {
        try await pool.executeScript(schema.createStatements.joined(separator: ";\n"))
        try await pool.copy(
            (0..<Sizes.organizations).map { Organization.Draft(id: $0, name: "organization \($0)") }, into: Organization.self)
        try await pool.copy(
            (0..<Sizes.projects).map {
                Project.Draft(id: $0, organizationID: $0 % Sizes.organizations, name: "project \($0)", createdAt: .now)
            },
            into: Project.self)
        let runs = (0..<Sizes.runs).lazy.map { id in
            Run.Draft(
                id: id, projectID: id % Sizes.projects, state: "succeeded", attempt: 1, cost: Double(id), note: "a note of some length",
                createdAt: .now, updatedAt: .now)
        }
        try await pool.copy(runs, into: Run.self)
        try await pool.executeScript("analyze runs; analyze projects; analyze organizations")
    }

    // MARK: Measuring

    struct Figures {
        var rate: Double
        /// Of processor time an operation, ours alone.
        var microseconds: Double
    }

    private static func measure(
        _ pool: PostgresPool, seconds: Double, _ work: @escaping @Sendable (PostgresPool, Int) async throws -> Int
    ) async throws -> Figures {
        let end = ContinuousClock.now + .seconds(seconds)
        let before = processorMicroseconds()
        let start = ContinuousClock.now
        let done = try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<inFlight {
                group.addTask {
                    var done = 0
                    var random = task * 7919
                    while ContinuousClock.now < end {
                        random = (random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407) & Int.max
                        _ = try await work(pool, random >> 20)
                        done += 1
                    }
                    return done
                }
            }
            return try await group.reduce(0, +)
        }
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        return Figures(rate: Double(done) / elapsed, microseconds: Double(processorMicroseconds() - before) / Double(max(1, done)))
    }

    private static func processorMicroseconds() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1_000_000 + Int(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
    }

    private static func runPython(_ python: String, _ script: String, _ url: String, _ work: String, _ seconds: Double) throws -> Figures {
        let command = "'\(python)' '\(script)' '\(url)' '\(work)' \(seconds) \(connections) \(inFlight)"
        guard let pipe = popen(command, "r") else { throw CocoaError(.fileReadUnknown) }
        defer { pclose(pipe) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = fread(&buffer, 1, buffer.count, pipe)
        let parts = String(decoding: buffer[..<count], as: UTF8.self).split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
        guard parts.count == 2 else { throw CocoaError(.fileReadCorruptFile) }
        return Figures(rate: parts[0], microseconds: parts[1])
    }

    // MARK: Reporting

    private static func report(_ name: String, _ typed: [Figures], _ direct: [Figures], _ alchemy: [Figures]) {
        let (ours, hand) = (median(typed), median(direct))
        // Of neighbors in time, which a machine busy with other things treats alike.
        let ratio = middle(zip(typed, direct).map { $0.rate / $1.rate })
        var line = "\(name): typed \(Int(ours.rate))/s \(tenths(ours.microseconds)) us, "
        line += "by hand \(Int(hand.rate))/s \(tenths(hand.microseconds)) us, "
        line += "ratio \(hundredths(ratio)) (our cpu \(hundredths(hand.microseconds / ours.microseconds)))"
        if !alchemy.isEmpty {
            let other = median(alchemy)
            line += "; SQLAlchemy \(Int(other.rate))/s \(tenths(other.microseconds)) us, ratio \(tenths(ours.rate / other.rate))"
        }
        say(line + "\n")
    }

    private static func median(_ figures: [Figures]) -> Figures {
        Figures(rate: middle(figures.map(\.rate)), microseconds: middle(figures.map(\.microseconds)))
    }

    private static func middle(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    private static func tenths(_ value: Double) -> String { String(format: "%.1f", value) }
    private static func hundredths(_ value: Double) -> String { String(format: "%.2f", value) }
    private static func say(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }
}
