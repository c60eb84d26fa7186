import Logging
import Synchronization

/// Carries out what a pool decides.
///
/// The thread that brings an event (a caller with a job, an I/O thread with answers) decides under the pool's lock what follows, and does it after the
/// lock is free again: so a caller sends its own statement, and no thread is woken for it.
final class PoolDriver: Sendable {
    private let configuration: PostgresPoolConfiguration
    private let logger: Logger
    private let state: Mutex<PoolState<LockedConnection>>
    private let hasEnded = Atomic<Bool>(false)
    let executor: PoolExecutor

    init(configuration: PostgresPoolConfiguration, logger: Logger) throws(PostgresError) {
        self.configuration = configuration
        self.logger = logger
        executor = try PoolExecutor(threads: configuration.ioThreads)
        state = Mutex(PoolState(configuration: configuration))
    }

    var statistics: PostgresPoolStatistics { state.withLock { $0.statistics } }

    func submit(_ pending: Pending) {
        let eventLoop = executor.current
        decide { $0.submitted(pending, at: monotonicNow(), preferring: eventLoop) }
    }

    func cancel(_ job: Job) { decide { $0.cancelled(job, at: monotonicNow()) } }

    func limitAfterCancel(_ job: Job) { decide { $0.limitedAfterCancel(job, at: monotonicNow()) } }

    func close() { decide { $0.closed(at: monotonicNow()) } }

    // MARK: The I/O threads

    /// Serves on one thread of each event loop until the pool is closed and drained, then calls `whenThrough`. False when no thread could be started.
    func start(whenThrough: @escaping @Sendable () -> Void) -> Bool {
        let running = Countdown(from: executor.loops.count, whenThrough)
        for (place, loop) in executor.loops.enumerated() {
            let isStarted = startThread(named: "pg-io") {
                // The first also looks at the clock for all.
                loop.run(
                    as: self.executor.asUnownedTaskExecutor(),
                    pause: { self.hasEnded.load(ordering: .acquiring) ? nil : place == 0 ? self.pause() : -1 },
                    handle: { self.handle($0) }
                )
                running.countDown()
            }
            guard !isStarted else { continue }
            close()
            if place == 0 { return false }
            for _ in place..<executor.loops.count { running.countDown() }
            return true
        }
        decide { $0.started(at: monotonicNow()) }
        return true
    }

    /// Milliseconds to the next deadline.
    private func pause() -> Int32 {
        let now = monotonicNow()
        var nextTimer = state.withLock { $0.nextTimer }
        if nextTimer <= now {
            decide { $0.ticked(at: now) }
            nextTimer = state.withLock { $0.nextTimer }
        }
        return nextTimer == .max ? -1 : Int32(clamping: max(0, nextTimer - now + 999_999) / 1_000_000)
    }

    private func handle(_ event: Poller.Event) {
        guard let connection = state.withLock({ $0.connection(of: event.token) }) else { return }
        if let effects = connection.handle(event, delivery(from: connection)) { perform(effects) }
        write(to: connection)
    }

    // MARK: Deciding and doing

    private func decide(_ change: (inout PoolState<LockedConnection>) -> Void) {
        let effects = state.withLock { state in
            change(&state)
            return state.takeEffects()
        }
        perform(effects)
    }

    private func delivery(from connection: LockedConnection) -> LockedConnection.Delivery {
        { arrivals in
            self.state.withLock { state in
                state.received(arrivals, on: connection.id, at: monotonicNow())
                return state.takeEffects()
            }
        }
    }

    private func perform(_ effects: PoolEffects<LockedConnection>) {
        for report in effects.reports { tell(report) }
        for (pending, outcome) in effects.finished {
            tell(pending, outcome)
            if !pending.isAbandoned { pending.caller?.resume(returning: outcome) }
        }
        for (pending, error) in effects.abandoned { pending.caller?.resume(returning: .failure(error)) }
        for connection in effects.writes { write(to: connection) }
        for connection in effects.closings { connection.close() }
        for (connection, id) in effects.interruptions { interrupt(connection, id) }
        for _ in 0..<effects.connects { connect() }
        if effects.isEnd { hasEnded.store(true, ordering: .releasing) }
        if effects.isEnd || effects.isTimerEarlier && !executor.loops[0].isCurrent {
            for loop in effects.isEnd ? executor.loops[...] : executor.loops[..<1] { loop.poller.wake() }
        }
    }

    private func write(to connection: LockedConnection) {
        connection.write(delivery(from: connection)) { perform($0) }
    }

    private func interrupt(_ connection: LockedConnection, _ id: Int) {
        write(to: connection)  // a cancel request that overtakes its statement has no effect
        let isStarted = startThread(named: "pg-cancel") {
            connection.cancelRequest?.send()
            self.decide { $0.cancelDelivered(to: id, at: monotonicNow()) }
        }
        if !isStarted { decide { $0.cancelDelivered(to: id, at: monotonicNow()) } }
    }

    private func connect() {
        let connector = Connector(configuration)
        let isStarted = startThread(named: "pg-connect") {
            do throws(PostgresError) {
                self.connected(try connector.connect())
            } catch {
                self.decide { $0.connectFailed(error, at: monotonicNow()) }
            }
        }
        guard !isStarted else { return }
        let error = PostgresError(.connectionFailed, "no thread could be started", isRetrySafe: true)
        decide { $0.connectFailed(error, at: monotonicNow()) }
    }

    private func connected(_ handle: ConnectionHandle) {
        let id = state.withLock { $0.nextConnectionID() }
        let eventLoop = id % executor.loops.count
        let connection = LockedConnection(
            id: id, handle: handle, eventLoop: eventLoop, poller: executor.loops[eventLoop].poller, configuration: configuration,
            logger: logger)
        connection.watch()
        decide { $0.connected(connection, outbox: connection.outbox, eventLoop: eventLoop, id: id, at: monotonicNow()) }
    }
}

// MARK: Telling

extension PoolDriver {
    /// Tells the observer, if there is one.
    private func tell(_ pending: Pending, _ outcome: Outcome) {
        guard let report = configuration.observer?.statementFinished else { return }
        if let event = PostgresStatementEvent(pending, outcome, at: monotonicNow()) { report(event) }
    }

    private func tell(_ report: PoolEffects<LockedConnection>.Report) {
        switch report {
        case .opened(let connection, let open):
            logger.debug("PostgreSQL connection opened", metadata: metadata(connection, open))
            configuration.observer?.connectionOpened?()
        case .retired(let connection, let reason, let open):
            logger.debug("PostgreSQL connection retired", metadata: metadata(connection, open, ["reason": "\(reason)"]))
            configuration.observer?.connectionClosed?()
        case .lost(let connection, let reason, let inFlight, let level, let open):
            let details = metadata(connection, open, ["reason": "\(reason)", "inFlight": "\(inFlight)"])
            logger.log(level: level, "PostgreSQL connection given up", metadata: details)
            configuration.observer?.connectionClosed?()
        case .connectFailed(let error, let attempt, let pause, let level):
            logger.log(
                level: level, "PostgreSQL connection failed",
                metadata: ["error": "\(error)", "attempt": "\(attempt)", "retryInMilliseconds": "\(pause / 1_000_000)"]
            )
            configuration.observer?.connectionFailed?(error)
        case .leftTransactionOpen(let connection, let open):
            logger.error(
                "A statement left a transaction open on a shared connection; use withTransaction", metadata: metadata(connection, open))
        }
    }

    private func metadata(_ connection: Int, _ open: Int, _ details: Logger.Metadata = [:]) -> Logger.Metadata {
        details.merging(["connection": "\(connection)", "open": "\(open)"]) { $1 }
    }
}

/// Calls back when it has been counted down to zero.
private final class Countdown: Sendable {
    private let remaining: Atomic<Int>
    private let whenZero: @Sendable () -> Void

    init(from count: Int, _ whenZero: @escaping @Sendable () -> Void) {
        remaining = Atomic(count)
        self.whenZero = whenZero
    }

    func countDown() {
        if remaining.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 { whenZero() }
    }
}
