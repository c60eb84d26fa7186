/// What one connection still owes: the jobs sent on it and the results expected for them, in order.
///
/// A value without sockets: it is told what was sent and what came back, and answers what that means.
struct PipelineState<Job, Output> {
    /// One thing the server will answer.
    enum Expected: Equatable {
        case prepare(name: String)
        /// A statement, by the name it was prepared under, if it was.
        case statement(prepared: String?, Visibility)
        case sync
    }

    enum Visibility {
        /// Its caller does not want the result: BEGIN, a prelude.
        case hidden
        case output
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
        /// The named statement does not exist on the server; or does, but no longer fits.
        case forget(name: String, isOnServer: Bool)
        case finished(Job, Result<[Output], PostgresError>)
        /// The server's answers do not fit what was sent: the connection is of no more use.
        case outOfStep
    }

    private var expected = FIFO<Expected>()
    private var jobs = FIFO<Job>()
    private var outputs: [Output] = []
    private var hasResult = false
    /// What the server has said about the job it is working on.
    private(set) var failureOfFirst: PostgresError?

    /// Whether every job's sync has come back.
    var isIdle: Bool { jobs.isEmpty }

    /// Statements sent to be prepared that the server has not confirmed.
    var namesToPrepare: Set<String> {
        var names: Set<String> = []
        expected.forEach { if case .prepare(let name) = $0 { names.insert(name) } }
        return names
    }

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
            let outcome: Result<[Output], PostgresError> = failureOfFirst.map { .failure($0) } ?? .success(outputs)
            outputs = []
            failureOfFirst = nil
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
            if case .statement(_, .output) = awaited { outputs.append(output) }
            return .none
        case (.failure(let error), _):
            hasResult = true
            failureOfFirst = failureOfFirst ?? error
            switch awaited {
            case .prepare(let name): return .forget(name: name, isOnServer: false)
            case .statement(let name?, _) where error.isStalePreparation || error.mayComeOfStalePreparation:
                return .forget(name: name, isOnServer: !error.isUnknownPreparation)
            case .statement, .sync: return .none
            }
        case (.aborted, _):
            hasResult = true
            if case .prepare(let name) = awaited { return .forget(name: name, isOnServer: false) }
            return .none
        }
    }
}
