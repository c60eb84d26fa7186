import Testing

@testable import PostgresClient

/// What a connection does at each thing libpq tells, without a server.
@Suite struct ConversationStateTests {
    typealias State = ConversationState<String, Int>

    /// An action in words.
    private func words(_ action: State.Action) -> String {
        func outcome(_ outcome: Result<[Int], PostgresError>) -> String {
            switch outcome {
            case .success(let values): "\(values)"
            case .failure(let error): error.message
            }
        }
        return switch action {
        case .none: "-"
        case .forget(let name, let isOnServer): "forget \(name)\(isOnServer ? " on the server" : "")"
        case .finished(let job, let result): "finished \(job) \(outcome(result))"
        case .resumePipeline(let job, let result): "resume \(job ?? "nobody") \(outcome(result))"
        case .giveUp(let reason, let job, let error): "give up \(job ?? "nobody") \(error?.message ?? reason)"
        }
    }

    private func error(_ text: String) -> PostgresError { PostgresError(.server, text) }

    @Test("A pipeline answers in order; a failure affects only its own sync") func aPipelineAnswersInOrderAndKeepsFailuresWithinTheirSync()
    {
        var state = State()
        #expect(!state.awaitsReply)
        state.expect(.prepare(name: "m1"))
        state.expect(.statement(prepared: nil, .output))
        state.sent("first")
        state.expect(.statement(prepared: nil, .hidden))
        state.expect(.prepare(name: "m2"))
        state.expect(.statement(prepared: nil, .output))
        state.sent("second")
        #expect(state.awaitsReply)
        #expect(words(state.received(.output(0))) == "-")
        #expect(words(state.received(.end)) == "-")
        #expect(words(state.received(.output(7))) == "-")
        #expect(words(state.received(.end)) == "-")
        #expect(words(state.received(.sync)) == "finished first [7]")
        #expect(words(state.received(.failure(error("no")))) == "-")
        #expect(state.failureOfFirst?.message == "no")
        #expect(words(state.received(.end)) == "-")
        #expect(words(state.received(.aborted)) == "forget m2")
        #expect(words(state.received(.end)) == "-")
        #expect(words(state.received(.aborted)) == "-")
        #expect(words(state.received(.end)) == "-")
        #expect(words(state.received(.sync)) == "finished second no")
        #expect(!state.awaitsReply && state.failureOfFirst == nil)
    }

    @Test("Only the stale prepared statement leaves the cache") func onlyTheStatementThatIsStaleIsForgotten() {
        var state = State()
        state.expect(.statement(prepared: "m1", .hidden))
        state.expect(.statement(prepared: "m2", .output))
        state.expect(.statement(prepared: "m3", .output))
        state.sent("job")
        var fields = PostgresError.ServerFields()
        (fields.sqlState, fields.routine) = ("0A000", "RevalidateCachedQuery")
        _ = (state.received(.output(1)), state.received(.end))
        #expect(words(state.received(.failure(PostgresError(.server, "changed", fields: fields)))) == "forget m2 on the server")
        #expect(words(state.received(.end)) == "-")
        #expect(words(state.received(.aborted)) == "-")
        #expect(words(state.received(.end)) == "-")
        #expect(words(state.received(.sync)) == "finished job changed")
        state.expect(.statement(prepared: "m1", .output))
        state.sent("job")
        fields.sqlState = "26000"
        #expect(words(state.received(.failure(PostgresError(.server, "gone", fields: fields)))) == "forget m1")
    }

    @Test("An unexpected result ends the pipeline", arguments: [State.Reply.copyIn, .copyOut, .copyBoth, .sync, .end])
    func whatAPipelineDoesNotExpectEndsIt(reply: State.Reply) {
        var state = State()
        state.expect(.statement(prepared: nil, .output))
        state.sent("job")
        #expect(words(state.received(reply)) == "give up nobody \(State.outOfStep)")
    }

    @Test("A script ends with its first failure") func aScriptEndsWithItsFirstFailure() {
        var state = State()
        state.sentScript("script")
        #expect(state.awaitsReply)
        #expect(words(state.received(.output(1))) == "-")
        #expect(words(state.received(.failure(error("first")))) == "-")
        #expect(words(state.received(.failure(error("second")))) == "-")
        #expect(state.failureOfFirst?.message == "first")
        #expect(words(state.received(.end)) == "resume script first")
        #expect(!state.awaitsReply)
        state.sentScript("another")
        #expect(words(state.received(.end)) == "resume another []")
        state.sentScript("third")
        #expect(words(state.received(.copyIn)) == "give up nobody \(State.copyInScript)")
    }

    @Test("COPY IN takes data until its end") func copyInTakesDataUntilItsEnd() {
        var state = State()
        state.sentCopy("start", isInput: true)
        #expect(state.isCopying && state.awaitsReply && !state.isPaused)
        #expect(words(state.received(.copyIn)) == "finished start []")
        #expect(!state.awaitsReply, "an error of the server waits for the end of the data")
        #expect(words(state.written()) == "-", "nobody waits")
        #expect(state.continuedCopy("data", as: .data) == true)
        #expect(state.copyJob == "data")
        #expect(words(state.written()) == "finished data []")
        #expect(state.continuedCopy("end", as: .end) == true)
        #expect(words(state.written()) == "-", "the end waits for the server's word")
        #expect(state.awaitsReply)
        #expect(words(state.received(.output(5))) == "-")
        #expect(words(state.received(.end)) == "resume end [5]")
        #expect(!state.isCopying)
        #expect(state.continuedCopy("late", as: .data) == false, "there is no COPY any more")
    }

    @Test("COPY OUT is read only while a consumer waits") func copyOutIsReadOnlyForSomebody() {
        var state = State()
        state.sentCopy("start", isInput: false)
        #expect(words(state.received(.copyOut)) == "finished start []")
        #expect(state.isPaused && !state.wantsData)
        #expect(state.continuedCopy("read", as: .read) == true)
        #expect(!state.isPaused && state.wantsData)
        #expect(words(state.written()) == "-")
        #expect(words(state.receivedData(isAtEnd: false)) == "finished read []")
        #expect(state.isPaused)
        #expect(state.continuedCopy("last", as: .read) == true)
        #expect(words(state.receivedData(isAtEnd: true)) == "-")
        #expect(state.awaitsReply && state.copyJob == "last")
        #expect(words(state.received(.failure(error("broke off")))) == "-")
        #expect(words(state.received(.end)) == "resume last broke off")
    }

    @Test("A statement that is no COPY is an error") func whatIsNoCopyIsSaid() {
        var state = State()
        state.sentCopy("select", isInput: true)
        #expect(words(state.received(.output(1))) == "-")
        #expect(words(state.received(.end)) == "resume select \(CopyState<String, Int>.notACopy)")
        state.sentCopy("refused", isInput: true)
        #expect(words(state.received(.failure(error("no such table")))) == "-")
        #expect(words(state.received(.end)) == "resume refused no such table")
        for (isInput, reply) in [(true, State.Reply.copyOut), (false, .copyIn), (true, .copyBoth)] {
            var state = State()
            state.sentCopy("wrong", isInput: isInput)
            #expect(words(state.received(reply)) == "give up wrong \(CopyState<String, Int>.wrongWay)")
        }
    }
}
