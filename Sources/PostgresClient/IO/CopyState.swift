/// Where a COPY stands, and the one job that waits for it. A value without sockets.
struct CopyState<Job, Output: Sendable> {
    typealias Action = ConversationState<Job, Output>.Action

    /// What a job does to a COPY under way.
    enum Step {
        case data
        case end
        case read
    }

    private enum Phase {
        /// Sent, not yet answered.
        case starting(isInput: Bool)
        /// The server takes data.
        case feeding
        /// The server gives data, which is read only for a job.
        case giving
        /// Nothing but the outcome is left.
        case ending
    }

    private var phase: Phase
    private var step: Step?
    private var outputs: [Output] = []
    private(set) var job: Job?
    private(set) var failure: PostgresError?

    init(_ job: Job, isInput: Bool) {
        self.job = job
        phase = .starting(isInput: isInput)
    }

    static var wrongWay: String { "the COPY goes the other way: use copyIn for FROM STDIN, copyOut for TO STDOUT" }
    static var notACopy: String { "the statement is not a COPY from STDIN or to STDOUT" }

    var awaitsReply: Bool {
        switch phase {
        case .starting, .ending: true
        // While it takes data, libpq tells of a failure when these end.
        case .feeding, .giving: false
        }
    }

    var wantsData: Bool { if case .giving = phase { job != nil } else { false } }
    var isPaused: Bool { if case .giving = phase { job == nil } else { false } }

    mutating func continued(_ job: Job, as step: Step) {
        self.job = job
        self.step = step
        if case .end = step { phase = .ending }
    }

    /// The job whose data have just been taken by the system.
    mutating func written() -> Job? {
        guard case .data = step else { return nil }
        return takeJob()
    }

    /// The job that has its data; at their end it waits for the outcome as well.
    mutating func receivedData(isAtEnd: Bool) -> Job? {
        guard !isAtEnd else {
            phase = .ending
            return nil
        }
        return takeJob()
    }

    mutating func received(_ reply: ConversationState<Job, Output>.Reply) -> Action {
        switch (phase, reply) {
        case (.starting(isInput: true), .copyIn):
            phase = .feeding
            return takeJob().map { .finished($0, .success([])) } ?? .none
        case (.starting(isInput: false), .copyOut):
            phase = .giving
            return takeJob().map { .finished($0, .success([])) } ?? .none
        case (.starting, .copyIn), (.starting, .copyOut), (.starting, .copyBoth):
            return .giveUp(reason: "a COPY could not be carried on", takeJob(), PostgresError(.server, CopyState.wrongWay))
        case (.starting, .output):
            failure = PostgresError(.server, CopyState.notACopy)
            phase = .ending
            return .none
        case (.starting, .failure(let error)), (.ending, .failure(let error)):
            failure = failure ?? error
            phase = .ending
            return .none
        case (.ending, .output(let output)):
            outputs.append(output)
            return .none
        case (.starting, .end), (.ending, .end): return .resumePipeline(takeJob(), failure.map { .failure($0) } ?? .success(outputs))
        case (.feeding, _), (.giving, _), (_, .copyIn), (_, .copyOut), (_, .copyBoth), (_, .aborted), (_, .sync):
            return .giveUp(reason: ConversationState<Job, Output>.outOfStep, nil, nil)
        }
    }

    private mutating func takeJob() -> Job? {
        defer { (job, step) = (nil, nil) }
        return job
    }
}
