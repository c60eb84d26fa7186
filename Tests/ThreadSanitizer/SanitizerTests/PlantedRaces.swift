import Foundation
import Logging
import TestServices
import Testing

@testable import PostgresClient
@testable import RedisClient

/// Races that must be found: each is run in a process of its own, by name, and has to end it with the sanitizer's exit code.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["PLANTED_RACES"] != nil))
struct PlantedRaces {
    @Test func twoThreadsCount() {
        let number = Unprotected()
        runBeside({ number.value += 1 }, { number.value += 1 })
    }

    // The annotations must not order more than the locks and continuations that they are for.

    @Test func eachHasALockOfItsOwn() {
        let number = Unprotected()
        let (one, other) = (ContendedLock(), ContendedLock())
        runBeside({ one.run({ number.value += 1 }, {}) }, { other.run({}, { number.value += 1 }) })
    }

    @Test func oneHasLeftTheLock() {
        let number = Unprotected()
        ContendedLock().run({}, { number.value += 1 }, afterwards: { number.value += 1 })
    }

    @Test func oneWritesAfterResumingTheOther() async {
        let number = Unprotected()
        await withCheckedContinuation { continuation in
            resumeEarly({}, { continuation.resume() }, after: { number.value += 1 })
        }
        number.value += 1
    }

    // The libraries' own code is seen, and their locks do not order what is done outside them.

    @Test func twoThreadsChangeWhatPostgresClientKeepsUnderALock() {
        let backoff = UnsafeShared(PostgresClient.Backoff())
        let fail: @Sendable () -> Void = {
            backoff.pointer.pointee.failed(at: 1, jitter: 0)
        }
        runBeside(fail, fail)
    }

    @Test func twoThreadsChangeWhatRedisClientKeepsOnItsEventLoop() {
        let used = UnsafeShared(BacklogCost())
        let add: @Sendable () -> Void = { used.pointer.pointee += BacklogCost(commands: 1, bytes: 1) }
        runBeside(add, add)
    }

    @Test(.timeLimit(.minutes(10))) func anObserverOfAPoolCountsWithoutALock() async throws {
        let number = Unprotected()
        var configuration = try await PostgresPoolConfiguration(url: TestServices.shared().freshDatabase())
        configuration.ioThreads = 2
        (configuration.minimumConnections, configuration.maximumConnections) = (4, 4)
        var observer = PostgresObserver()
        observer.statementFinished = { _ in number.value += 1 }
        configuration.observer = observer
        let pool = try PostgresPool(configuration, logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            try await withThrowingTaskGroup(of: Void.self) { queries in
                for number in 0..<4000 { queries.addTask { _ = try await pool.query("select \(number)") } }
                try await queries.waitForAll()
            }
            await pool.close()
            try await group.waitForAll()
        }
    }
}

/// Memory changed where it lies.
private struct UnsafeShared<Value>: @unchecked Sendable {
    // Unchecked, for being raced for is its purpose.
    let pointer: UnsafeMutablePointer<Value>

    init(_ value: Value) {
        pointer = .allocate(capacity: 1)
        pointer.initialize(to: value)
    }
}
