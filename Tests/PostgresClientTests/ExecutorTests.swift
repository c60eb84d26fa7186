import Foundation
import PostgresClient
import Testing

@Suite struct ExecutorTests {
    @Test("Tasks on the pool's executor resume on it", .timeLimit(.minutes(10)), arguments: [1, 3])
    func tasksOnTheExecutorGetTheirAnswersThere(threads: Int) async throws {
        try await withPool(maximum: 4) {
            $0.ioThreads = threads
        } _: { pool async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    group.addTask(executorPreference: pool.executor) {
                        #expect(try await pool.value("select \(number)", as: Int.self) == number)
                        #expect(threadName() == "pg-io")
                        let sum = try await pool.withTransaction { transaction in
                            let first = try await transaction.query("select \(number)")[0].decode(Int.self)
                            return try await transaction.query("select \(first) + 1")[0].decode(Int.self)
                        }
                        #expect(sum == number + 1)
                        #expect(threadName() == "pg-io")
                    }
                    // The same pool serves tasks elsewhere.
                    group.addTask { () async throws in #expect(try await pool.value("select \(number)", as: Int.self) == number) }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("The executor works before the pool runs and after it ends", .timeLimit(.minutes(10)))
    func theExecutorWorksBeforeThePoolRunsAndAfterItsEnd() async throws {
        let pool = try await PostgresPool(PostgresPoolConfiguration(url: TestDatabase.url()), logger: .quiet)
        let sum = try await withTaskExecutorPreference(pool.executor) {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        await Task.yield()
                        let value = try await pool.value("select \(number)", as: Int.self)
                        await Task.yield()
                        return value
                    }
                }
                async let running: Void = pool.run()
                let sum = try await group.reduce(0, +)
                await pool.close()
                try await running
                await Task.yield()
                #expect(await postgresError { _ = try await pool.query("select 1") }?.code == .poolClosed)
                return sum
            }
        }
        #expect(sum == 1225)
    }

    @Test("Timeouts and cancellation reach statements of tasks on the executor", .timeLimit(.minutes(10)))
    func limitsAndCancellationReachStatementsOfItsTasks() async throws {
        try await withPool(maximum: 2) { pool async throws in
            try await withTaskExecutorPreference(pool.executor) { () async throws in
                let late = await postgresError { _ = try await pool.query(("select pg_sleep(50)" as SQL).limited(to: .milliseconds(100))) }
                #expect(late?.code == .timedOut)
                await withTaskGroup(of: Void.self) { group in
                    group.addTask {
                        let error = await postgresError { _ = try await pool.query("select pg_sleep(50)") }
                        #expect(error?.code == .cancelled)
                    }
                    try? await Task.sleep(for: .milliseconds(50))
                    group.cancelAll()
                }
                #expect(try await pool.value("select 1", as: Int.self) == 1)
            }
        }
    }
}

private func threadName() -> String {
    (try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8).trimmingCharacters(in: .newlines)) ?? ""
}
