/// What one connection is in the middle of: a pipeline of jobs, a script, or a COPY.
///
/// A value without sockets: it is told what was sent and what libpq got, and answers what that means and what to do.
struct ConversationState<Job, Output: Sendable> {
    /// What libpq got from the server.
    enum Reply: Sendable {
        case output(Output)
        case failure(PostgresError)
        /// Skipped because an earlier statement before the same sync failed.
        case aborted
        case sync
        /// No more results of this statement, or of this exchange by the simple protocol.
        case end
        /// The server waits for data.
        case copyIn
        /// The server is about to send data.
        case copyOut
        case copyBoth
    }

    enum Action {
        case none
        /// The named statement does not exist on the server; or does, but no longer fits.
        case forget(name: String, isOnServer: Bool)
        case finished(Job, Result<[Output], PostgresError>)
        /// The simple protocol is through: back into pipeline mode, then the job, if one waits, has ended.
        case resumePipeline(Job?, Result<[Output], PostgresError>)
        /// The connection is of no more use; the job, if there is one, has ended so.
        case giveUp(reason: String, Job?, PostgresError?)
    }

    private enum Mode {
        case pipeline
        case script(Job, failure: PostgresError?)
        case copy(CopyState<Job, Output>)
    }

    private var mode = Mode.pipeline
    private var pipeline = PipelineState<Job, Output>()

    static var outOfStep: String { "the server's answers are out of step; COPY goes through copyIn and copyOut" }
    static var copyInScript: String { "COPY from or to the client is not supported in a script; use copyIn and copyOut" }

    // MARK: Queries of the reading and writing code

    /// Whether libpq is to be asked for results.
    var awaitsReply: Bool {
        switch mode {
        case .pipeline: !pipeline.isIdle
        case .script: true
        case .copy(let copy): copy.awaitsReply
        }
    }

    /// Statements sent to be prepared that the server has not confirmed.
    var namesToPrepare: Set<String> { pipeline.namesToPrepare }

    /// Whether somebody waits for data of a COPY.
    var wantsData: Bool { if case .copy(let copy) = mode { copy.wantsData } else { false } }
    /// No consumer reads at the moment: what the server sends stays in the socket.
    var isPaused: Bool { if case .copy(let copy) = mode { copy.isPaused } else { false } }
    var isCopying: Bool { if case .copy = mode { true } else { false } }
    /// The COPY's job under way.
    var copyJob: Job? { if case .copy(let copy) = mode { copy.job } else { nil } }

    // MARK: Sending

    mutating func expect(_ item: PipelineState<Job, Output>.Expected) { pipeline.expect(item) }

    /// All of `job` has been sent, its sync last.
    mutating func sent(_ job: Job) { pipeline.sent(job) }

    mutating func sentScript(_ job: Job) { mode = .script(job, failure: nil) }

    mutating func sentCopy(_ job: Job, isInput: Bool) { mode = .copy(CopyState(job, isInput: isInput)) }

    /// More data, the end of it, or the wish for some. False when no COPY is under way.
    mutating func continuedCopy(_ job: Job, as step: CopyState<Job, Output>.Step) -> Bool {
        guard case .copy(var copy) = mode else { return false }
        copy.continued(job, as: step)
        mode = .copy(copy)
        return true
    }

    /// Everything sent so far has been taken by the system.
    mutating func written() -> Action {
        guard case .copy(var copy) = mode else { return .none }
        let job = copy.written()
        mode = .copy(copy)
        return job.map { .finished($0, .success([])) } ?? .none
    }

    // MARK: Receiving

    mutating func received(_ reply: Reply) -> Action {
        switch mode {
        case .pipeline: return receivedInPipeline(reply)
        case .script(let job, let failure): return received(reply, ofScript: job, failure: failure)
        case .copy(var copy):
            let action = copy.received(reply)
            mode = .copy(copy)
            if case .resumePipeline = action { mode = .pipeline }
            return action
        }
    }

    /// Data of a COPY lie in the job's buffer; at the end of it the outcome is still to come.
    mutating func receivedData(isAtEnd: Bool) -> Action {
        guard case .copy(var copy) = mode else { return .none }
        let job = copy.receivedData(isAtEnd: isAtEnd)
        mode = .copy(copy)
        return job.map { .finished($0, .success([])) } ?? .none
    }

    /// What the server has said about the job it was working on, where that has failed already.
    var failureOfFirst: PostgresError? {
        switch mode {
        case .pipeline: pipeline.failureOfFirst
        case .script(_, let failure): failure
        case .copy(let copy): copy.failure
        }
    }

    private mutating func receivedInPipeline(_ reply: Reply) -> Action {
        let event: PipelineState<Job, Output>.Event
        switch reply {
        case .output(let output): event = .output(output)
        case .failure(let error): event = .failure(error)
        case .aborted: event = .aborted
        case .sync: event = .sync
        case .end: event = .end
        case .copyIn, .copyOut, .copyBoth: return .giveUp(reason: ConversationState.outOfStep, nil, nil)
        }
        switch pipeline.received(event) {
        case .none: return .none
        case .forget(let name, let isOnServer): return .forget(name: name, isOnServer: isOnServer)
        case .finished(let job, let outcome): return .finished(job, outcome)
        case .outOfStep: return .giveUp(reason: ConversationState.outOfStep, nil, nil)
        }
    }

    private mutating func received(_ reply: Reply, ofScript job: Job, failure: PostgresError?) -> Action {
        switch reply {
        case .output: return .none
        case .failure(let error):
            mode = .script(job, failure: failure ?? error)
            return .none
        case .end:
            mode = .pipeline
            return .resumePipeline(job, failure.map { .failure($0) } ?? .success([]))
        case .copyIn, .copyOut, .copyBoth: return .giveUp(reason: ConversationState.copyInScript, nil, nil)
        case .aborted, .sync: return .giveUp(reason: ConversationState.outOfStep, nil, nil)
        }
    }
}
