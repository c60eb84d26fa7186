/// What one connection still owes: the jobs sent on it and the results expected for them, in order.
///
/// A value without sockets: it is told what was sent and what came back, and answers what that means.
struct PipelineState<Job, Output> {
    /// One thing the server will answer.
    enum Expected: Equatable {
        case prepare(name: String)
        /// A statement whose result its caller does not want: BEGIN, a prelude.
        case hidden
        case output
        case sync
    }

    enum Event {
        case output(Output)
        case failure(PostgresError)
        /// Skipped because an earlier statement before the same sync failed.
        case aborted
        /// The end of one statement's results.
        case end
        case sync
    }

    enum Action {
        case none
        /// The named statement does not exist on the server.
        case notPrepared(name: String)
        case finished(Job, Result<[Output], PostgresError>)
        /// The server's answers do not fit what was sent: the connection is of no more use.
        case outOfStep
    }

    private var expected = FIFO<Expected>()
    private var jobs = FIFO<Job>()
    private var outputs: [Output] = []
    private var failure: PostgresError?
    private var hasResult = false

    /// Jobs whose sync has not come back.
    var count: Int { jobs.count }
    var isIdle: Bool { jobs.isEmpty }
    /// The job the server is working on.
    var current: Job? { jobs.first }

    /// Call for each part of a job in the order sent, then ``sent(_:)``.
    mutating func expect(_ item: Expected) { expected.append(item) }

    /// All of `job` has been sent, its sync last.
    mutating func sent(_ job: Job) {
        expected.append(.sync)
        jobs.append(job)
    }

    mutating func received(_ event: Event) -> Action {
        guard let awaited = expected.first else { return .outOfStep }
        switch (event, awaited) {
        case (.sync, .sync):
            _ = expected.popFirst()
            guard let job = jobs.popFirst() else { return .outOfStep }
            let outcome: Result<[Output], PostgresError> = failure.map { .failure($0) } ?? .success(outputs)
            outputs = []
            failure = nil
            return .finished(job, outcome)
        case (_, .sync), (.sync, _): return .outOfStep
        case (.end, _):
            guard hasResult else { return .outOfStep }
            hasResult = false
            _ = expected.popFirst()
            return .none
        // Every statement has one result and one end: a second result would be the first sign of endless ones.
        case (.output, _) where hasResult, (.failure, _) where hasResult, (.aborted, _) where hasResult: return .outOfStep
        case (.output(let output), _):
            hasResult = true
            if awaited == .output { outputs.append(output) }
            return .none
        case (.failure(let error), _):
            hasResult = true
            failure = failure ?? error
            return refused(awaited)
        case (.aborted, _):
            hasResult = true
            return refused(awaited)
        }
    }

    /// Takes out everything, when the connection is gone.
    mutating func removeAll() -> (jobs: [Job], failureOfFirst: PostgresError?) {
        _ = expected.removeAll()
        outputs = []
        hasResult = false
        defer { failure = nil }
        return (jobs.removeAll(), failure)
    }

    mutating func forEachJob(_ change: (inout Job) -> Void) { jobs.forEach(change) }

    func contains(where matches: (Job) -> Bool) -> Bool { jobs.contains(where: matches) }

    private func refused(_ item: Expected) -> Action {
        if case .prepare(let name) = item { .notPrepared(name: name) } else { .none }
    }
}
