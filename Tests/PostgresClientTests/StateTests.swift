import Testing

@testable import PostgresClient

/// The connection's bookkeeping, without a server.
@Suite struct PipelineStateTests {
    typealias State = PipelineState<String, Int>

    private func outcome(_ action: State.Action) -> (String, Result<[Int], PostgresError>)? {
        if case .finished(let job, let outcome) = action { (job, outcome) } else { nil }
    }

    @Test("Results go to their jobs in order") func resultsGoToTheirJobsInOrder() throws {
        var state = State()
        state.expect(.statement(prepared: nil, .hidden))
        state.expect(.prepare(name: "m1"))
        state.expect(.statement(prepared: nil, .output))
        state.sent("first")
        state.expect(.statement(prepared: nil, .output))
        state.sent("second")
        #expect(!state.isIdle)
        for number in [1, 2, 3] {
            #expect(outcome(state.received(.output(number))) == nil)
            #expect(outcome(state.received(.end)) == nil)
        }
        let first = try #require(outcome(state.received(.sync)))
        #expect(first.0 == "first")
        #expect(try first.1.get() == [3])
        _ = state.received(.output(4))
        _ = state.received(.end)
        #expect(try outcome(state.received(.sync))?.1.get() == [4])
        #expect(state.isIdle)
    }

    @Test("A failure stays within its sync") func aFailureStaysWithinItsSync() throws {
        var state = State()
        state.expect(.statement(prepared: nil, .hidden))
        state.expect(.prepare(name: "m7"))
        state.expect(.statement(prepared: nil, .output))
        state.sent("failing")
        state.expect(.statement(prepared: nil, .output))
        state.sent("neighbor")
        _ = state.received(.failure(PostgresError(.server, "no")))
        _ = state.received(.end)
        guard case .forget(let name, isOnServer: false) = state.received(.aborted) else { Issue.record("must be forgotten"); return }
        #expect(name == "m7")
        _ = state.received(.end)
        _ = state.received(.aborted)
        _ = state.received(.end)
        let failing = try #require(outcome(state.received(.sync)))
        #expect(throws: PostgresError.self) { try failing.1.get() }
        _ = state.received(.output(1))
        _ = state.received(.end)
        #expect(try outcome(state.received(.sync))?.1.get() == [1])
    }

    @Test("An unexpected result is noticed") func whatWasNotExpectedIsNoticed() {
        var state = State()
        guard case .outOfStep = state.received(.sync) else { Issue.record("nothing was sent"); return }
        state.expect(.statement(prepared: nil, .output))
        state.sent("job")
        guard case .outOfStep = state.received(.sync) else { Issue.record("a result is missing"); return }
        guard case .outOfStep = state.received(.end) else { Issue.record("an end without a result"); return }
        _ = state.received(.output(1))
        guard case .outOfStep = state.received(.output(2)) else { Issue.record("two results"); return }
    }
}

@Suite struct StatementCacheTests {
    @Test("The least recently used statement is evicted first") func theLeastRecentlyUsedGoesFirst() {
        var cache = StatementCache(capacity: 2)
        #expect(cache.lookUp("a", types: []) == .fresh(name: "m1", evicted: nil))
        #expect(cache.lookUp("b", types: []) == .fresh(name: "m2", evicted: nil))
        #expect(cache.lookUp("a", types: []) == .known(name: "m1"))
        #expect(cache.lookUp("c", types: []) == .fresh(name: "m3", evicted: "m2"))
        #expect(cache.lookUp("b", types: []) == .fresh(name: "m4", evicted: "m1"))
    }

    @Test("Parameter types distinguish statements; names are not reused") func typesDistinguishAndNamesAreNotReused() {
        var cache = StatementCache(capacity: 8)
        #expect(cache.lookUp("a", types: [20]) == .fresh(name: "m1", evicted: nil))
        #expect(cache.lookUp("a", types: [25]) == .fresh(name: "m2", evicted: nil))
        cache.forget(name: "m1")
        #expect(cache.lookUp("a", types: [20]) == .fresh(name: "m3", evicted: nil))
        cache.removeAll(except: ["m3"])
        #expect(cache.lookUp("a", types: [20]) == .known(name: "m3"))
        #expect(cache.lookUp("a", types: [25]) == .fresh(name: "m4", evicted: nil))
    }
}

@Suite struct SmallStateTests {
    @Test("Queues keep their order") func queuesKeepTheirOrder() {
        var queue = FIFO<Int>()
        var expected: [Int] = []
        for number in 0..<500 {
            queue.append(number)
            expected.append(number)
            if number % 3 != 0 { #expect(queue.popFirst() == expected.removeFirst()) }
            if number % 50 == 0, let first = expected.first {
                queue.prepend(first - 1000)
                expected.insert(first - 1000, at: 0)
            }
            if number % 70 == 0 {
                let wanted = expected[expected.count / 2]
                #expect(queue.remove { $0 == wanted } == wanted)
                expected.remove(at: expected.count / 2)
            }
            #expect(queue.count == expected.count)
            #expect(queue.first == expected.first)
        }
        #expect(queue.removeAll() == expected)
        #expect(queue.isEmpty)
    }

    @Test("Back-off grows to a limit", arguments: [0, 0.5, 1]) func pausesGrowToALimit(jitter: Double) {
        var backoff = Backoff()
        var pauses: [Int64] = []
        var now: Int64 = 1000
        for _ in 0..<7 {
            backoff.failed(at: now, jitter: jitter)
            backoff.failed(at: now + 1, jitter: jitter)  // one that was under way beside it
            pauses.append(backoff.notBefore - now)
            now = backoff.notBefore
        }
        // The longest is half of the second that service may take to be back.
        #expect(pauses == [50, 100, 200, 400, 500, 500, 500].map { Int64(1_000_000 * $0 * (1 - jitter / 2)) })
        backoff.succeeded()
        #expect(backoff.failures == 0)
    }

    @Test(
        "Unknown hosts are recognized",
        arguments: [
            ("could not translate host name \"x\" to address: Name or service not known", true),
            ("could not translate host name \"x\" to address: No address associated with hostname", true),
            ("could not translate host name \"x\" to address: Temporary failure in name resolution", false),
            ("could not translate host name \"x\" to address: Name or service not known; connection to server at \"y\" failed", false),
            ("connection to server at \"x\" failed: Connection refused", false),
        ])
    func unknownHosts(message: String, isUnknown: Bool) {
        let error = ConnectFailure(message: message).error
        #expect(error.isUnknownHost == isUnknown)
        // A pool goes on all the same: names come and go.
        #expect(!error.isPermanentRefusal)
    }

    @Test("Connect failures carry their SQLSTATE") func connectFailuresTellTheirState() {
        let failure = ConnectFailure(
            message: """
                connection to server at "127.0.0.1", port 5432 failed: FATAL:  28P01: password authentication failed for user "x"
                LOCATION:  auth_failed, auth.c:326
                """)
        #expect(failure.sqlState == "28P01")
        #expect(
            failure.text == "connection to server at \"127.0.0.1\", port 5432 failed: FATAL: password authentication failed for user \"x\"")
        #expect(failure.error.isPermanentRefusal)
        #expect(ConnectFailure(message: "FATAL:  57P03: the database system is starting up").error.isPermanentRefusal == false)
        #expect(ConnectFailure(message: "failed: fe_sendauth: no password supplied").error.isPermanentRefusal)
        #expect(ConnectFailure(message: "connection refused\n\tIs the server running?").text == "connection refused Is the server running?")
    }
}
