import Logging
import RedisClient
import RedisTestSupport
import Synchronization
import Testing

/// What callers see while servers die, stop and return: never another's answer, and only errors that say what happened.
@Suite(.serialized, .timeLimit(.minutes(10))) struct RedisFaultTests {
    enum Outage: String, CaseIterable {
        /// Ended in good order, and started again.
        case restart
        /// SIGKILL, and started again.
        case kill
        /// SIGSTOP until every caller's deadline has passed, then SIGCONT.
        case freeze
    }

    /// What the callers of one test have seen.
    final class Log: Sendable {
        struct State {
            var isOver = false
            var successes: [Int]
            var errors: [RedisError.Code: Int] = [:]
            var wrong: [String] = []
        }

        let state: Mutex<State>

        init(callers: Int) { state = Mutex(State(successes: [Int](repeating: 0, count: callers))) }

        var isOver: Bool { state.withLock { $0.isOver } }
        func end() { state.withLock { $0.isOver = true } }
        func note(success caller: Int) { state.withLock { $0.successes[caller] += 1 } }
        func note(_ error: RedisError) { state.withLock { $0.errors[error.code, default: 0] += 1 } }
        func note(wrong: String) { state.withLock { $0.wrong.append(wrong) } }

        /// Waits until `condition` holds; a test's time limit ends it if it never does.
        func wait(until condition: (State) -> Bool) async throws {
            while !state.withLock({ condition($0) }) { try await Task.sleep(for: .milliseconds(2)) }
        }

        /// Waits until each caller has succeeded `count` times more.
        func progress(_ count: Int) async throws {
            let before = state.withLock { $0.successes }
            try await wait { state in zip(state.successes, before).allSatisfy { $0 >= $1 + count } }
        }
    }

    /// Writes its own key and reads it back, over and over: what it reads is what was written last, or a write after it of which the
    /// outcome is unknown.
    private static func caller(_ number: Int, _ redis: Redis, _ log: Log) async {
        let key = RedisArgument("caller:\(number)")
        var known: String?
        var unknown: [String] = []
        var round = 0
        while !log.isOver {
            round += 1
            let value = "\(number):\(round)"
            do throws(RedisError) {
                let reply = try await redis.send("SET", key, "\(value)", timeout: .milliseconds(500))
                if reply != .simpleString("OK") { log.note(wrong: "SET answered \(reply)") }
                (known, unknown) = (value, [])
            } catch {
                log.note(error)
                if !error.isRetrySafe { unknown.append(value) }
            }
            do throws(RedisError) {
                let read = try await redis.send("GET", key, as: String?.self, timeout: .milliseconds(500))
                if read != known, !unknown.contains(where: { $0 == read }) {
                    log.note(wrong: "GET answered \(read ?? "nil") instead of \(known ?? "nil") or \(unknown)")
                }
                log.note(success: number)
            } catch {
                log.note(error)
            }
        }
    }

    @Test("Replies are right across an outage", arguments: Outage.allCases) func answersAreRightAcrossAnOutage(_ outage: Outage)
        async throws
    {
        let server = try await TestRedis(options: "--appendonly yes")
        try await withRedis(server.url) { redis in
            let log = Log(callers: 50)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 { group.addTask { await Self.caller(number, redis, log) } }
                defer { log.end() }
                for _ in 0..<2 {
                    try await log.progress(20)
                    let back = try await Self.interrupt(server, outage, log)
                    try await log.progress(1)
                    let took = Int((ContinuousClock.now - back) / .milliseconds(1))
                    print("\(outage.rawValue): every caller is served again \(took) ms after the return")
                }
                log.end()
                try await group.waitForAll()
            }
            let (wrong, errors) = log.state.withLock { ($0.wrong, $0.errors) }
            #expect(wrong.isEmpty)
            let expected: Set<RedisError.Code> = outage == .freeze ? [.timedOut] : [.connectionLost, .connectionFailed, .timedOut]
            #expect(!errors.isEmpty && expected.isSuperset(of: errors.keys), "\(errors)")
        }
    }

    /// - Returns: when the server was back.
    private static func interrupt(_ server: TestRedis, _ outage: Outage, _ log: Log) async throws -> ContinuousClock.Instant {
        let before = log.state.withLock { $0.errors.values.reduce(0, +) }
        switch outage {
        case .restart: server.stop()
        case .kill: server.kill()
        case .freeze: server.freeze()
        }
        // Each caller has been refused at least once, on the average twice.
        try await log.wait { $0.errors.values.reduce(0, +) >= before + 100 }
        if outage == .freeze { server.thaw() } else { try await server.start() }
        return .now
    }

    /// The outages last until the pauses between attempts have grown to their limit. Several clients, since one may be lucky; the best of three
    /// outages, since the machine may be busy: what pauses for too long is late in every one.
    @Test("Every client works within a second of the server's return") func everyClientIsServedWithinASecondOfTheServersReturn()
        async throws
    {
        let server = try await TestRedis()
        let (log, answers) = (Log(callers: 8), Answers())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    try await withRedis(server.url) { await Self.ask($0, as: number, noting: answers, until: log) }
                }
            }
            defer { log.end() }
            var slowest: [Duration] = []
            for _ in 0..<3 {
                while answers.count < 8 { try await Task.sleep(for: .milliseconds(2)) }
                server.kill()
                try await Task.sleep(for: .seconds(3))
                answers.clear()
                try await server.start()
                let back = ContinuousClock.now
                while answers.count < 8 { try await Task.sleep(for: .milliseconds(2)) }
                slowest.append(back.duration(to: answers.last ?? back))
            }
            log.end()
            try await group.waitForAll()
            print("outage of 3 s: every client is served again within \(slowest) of the server's return")
            #expect(slowest.contains { $0 < .seconds(1) })
        }
    }

    /// When each client had its first right answer since the notes were cleared.
    private final class Answers: Sendable {
        private let moments = Mutex<[Int: ContinuousClock.Instant]>([:])

        var count: Int { moments.withLock { $0.count } }
        var last: ContinuousClock.Instant? { moments.withLock { $0.values.max() } }
        func clear() { moments.withLock { $0 = [:] } }
        func note(_ client: Int, at now: ContinuousClock.Instant) { moments.withLock { $0[client] = $0[client] ?? now } }
    }

    /// Asks over and over, on the client's own thread: nothing that other tests do comes between an answer and the look at the clock.
    private static func ask(_ redis: Redis, as number: Int, noting answers: Answers, until log: Log) async {
        await withTaskExecutorPreference(redis.executor) {
            while !log.isOver {
                do throws(RedisError) {
                    let answer = try await redis.send("ECHO", "\(number)", as: Int.self)
                    let now = ContinuousClock.now
                    #expect(answer == number)
                    answers.note(number, at: now)
                } catch {
                    #expect(error.code == .connectionLost || error.code == .connectionFailed, "\(error)")
                }
                try? await Task.sleep(for: .milliseconds(2))
            }
        }
    }

    @Test("CLIENT KILL fails commands in flight only") func clientKillFailsWhatIsInFlightOnly() async throws {
        let server = try await TestRedis()
        try await withRedis(server.url) { redis in
            let id = try await redis.send("CLIENT", "ID", as: Int.self)
            let inFlight = Task { try await redis.send("BLPOP", "nothing", 0) }
            try await withRedis(server.url) { observer in
                try await Self.wait { try await observer.send("INFO", "clients", as: String.self).contains("blocked_clients:1") }
                // Behind the blocked one: written, but not run.
                let behind = Task { try await redis.send("SET", "ran", "yes") }
                try await Self.wait { redis.statistics.inFlight == 2 }
                #expect(try await observer.send("CLIENT", "KILL", "ID", RedisArgument(id), as: Int.self) == 1)
                for task in [inFlight, behind] {
                    let error = await #expect(throws: RedisError.self) { try await task.value }
                    #expect(error?.code == .connectionLost && error?.isRetrySafe == false)
                }
                #expect(try await observer.send("EXISTS", "ran", as: Bool.self) == false)
            }
            #expect(try await redis.send("ECHO", "again").string == "again")
            #expect(try await redis.send("CLIENT", "ID", as: Int.self) != id)
        }
    }

    @Test("A blocking command fails across a restart and can be sent again") func aBlockingCommandAcrossARestartFailsAndCanBeSentAgain()
        async throws
    {
        let server = try await TestRedis()
        try await withRedis(server.url) { redis in
            let pop: @Sendable () async throws -> RedisValue = {
                try await redis.withConnection { try await $0.send("BLPOP", "list", 0, timeout: nil) }
            }
            let interrupted = Task { try await pop() }
            try await Self.wait { try await redis.send("INFO", "clients", as: String.self).contains("blocked_clients:1") }
            server.kill()
            let error = await #expect(throws: RedisError.self) { try await interrupted.value }
            #expect(error?.code == .connectionLost && error?.isRetrySafe == false)
            let absent = await #expect(throws: RedisError.self) { try await pop() }
            #expect(absent?.code == .connectionFailed && absent?.isRetrySafe == true)
            try await server.start()
            async let popped = pop()
            try await Self.wait { try await redis.send("INFO", "clients", as: String.self).contains("blocked_clients:1") }
            _ = try await redis.send("RPUSH", "list", "value")
            #expect(try await popped.array?.last?.string == "value")
        }
    }

    @Test("Ten thousand tasks share one connection") func tenThousandTasksShareOneConnection() async throws {
        let server = try await TestRedis()
        try await withRedis(server.url, timeout: .seconds(60)) { redis in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<10_000 {
                    group.addTask {
                        _ = try await redis.send("SET", "n:\(number)", RedisArgument(number))
                        return try await redis.send("GET", "n:\(number)", as: Int.self) == number
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
            let clients = try await redis.send("CLIENT", "LIST", as: String.self)
            #expect(clients.split(separator: "\n").count == 1)
            #expect(redis.statistics.commands >= 20_000)
        }
    }

    @Test("Cancelling tasks does not affect others") func cancellationsDisturbNobodyElse() async throws {
        let server = try await TestRedis(options: "--enable-debug-command yes")
        try await withRedis(server.url, timeout: .seconds(60)) { redis in
            _ = try await redis.send("PING")
            // Everybody is in flight, or waits, while the server sleeps.
            let sleep = Task { try await redis.send("DEBUG", "SLEEP", "0.3") }
            let tasks = (0..<2000).map { number in
                Task { try await redis.send("ECHO", RedisArgument(number)).int }
            }
            try await Self.wait { redis.statistics.inFlight + redis.statistics.waiting >= 1000 }
            for number in stride(from: 0, to: tasks.count, by: 2) { tasks[number].cancel() }
            for (number, task) in tasks.enumerated() {
                switch await task.result {
                case .success(let echoed): #expect(echoed == number)
                case .failure(let error): #expect((error as? RedisError)?.code == .cancelled && number.isMultiple(of: 2))
                }
            }
            _ = try await sleep.value
            #expect(try await redis.send("ECHO", "after").string == "after")
        }
    }

    /// Waits until `condition` holds; the suite's time limit ends it if it never does.
    private static func wait(until condition: () async throws -> Bool) async throws {
        while try await !condition() { try await Task.sleep(for: .milliseconds(5)) }
    }
}
