import Logging
import Synchronization

/// Carries out what a pool decides.
///
/// Whoever brings an event, a caller with a job or an I/O thread with answers, decides under the pool's lock what follows, and does that itself when the
/// lock is free again: so a caller sends its own statement, and no thread is woken for it.
final class PoolDriver: Sendable {
    private let configuration: PostgresPoolConfiguration
    private let logger: Logger
    private let state: Mutex<PoolState<Wire>>
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
        let home = executor.current
        decide { $0.submitted(pending, at: monotonicNow(), near: home) }
    }

    func cancel(_ job: Job) { decide { $0.cancelled(job, at: monotonicNow()) } }

    func hurry(_ job: Job) { decide { $0.hurried(job, at: monotonicNow()) } }

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
        var alarm = state.withLock { $0.alarm }
        if alarm <= now {
            decide { $0.ticked(at: now) }
            alarm = state.withLock { $0.alarm }
        }
        return alarm == .max ? -1 : Int32(clamping: max(0, alarm - now + 999_999) / 1_000_000)
    }

    private func handle(_ event: Poller.Event) {
        guard let wire = state.withLock({ $0.wire(of: event.token) }) else { return }
        if let effects = wire.handle(event, delivery(from: wire)) { perform(effects) }
        write(to: wire)
    }

    // MARK: Deciding and doing

    private func decide(_ change: (inout PoolState<Wire>) -> Void) {
        let effects = state.withLock { state in
            change(&state)
            return state.takeEffects()
        }
        perform(effects)
    }

    private func delivery(from wire: Wire) -> Wire.Delivery {
        { arrivals in
            self.state.withLock { state in
                state.received(arrivals, on: wire.id, at: monotonicNow())
                return state.takeEffects()
            }
        }
    }

    private func perform(_ effects: PoolEffects<Wire>) {
        for report in effects.reports { tell(report) }
        for (pending, outcome) in effects.finished {
            tell(pending, outcome)
            if !pending.isAbandoned { pending.caller?.resume(returning: outcome) }
        }
        for (pending, error) in effects.abandoned { pending.caller?.resume(returning: .failure(error)) }
        for wire in effects.writes { write(to: wire) }
        for wire in effects.closings { wire.close() }
        for (wire, connection) in effects.interruptions { interrupt(wire, connection) }
        for _ in 0..<effects.connects { connect() }
        if effects.isEnd { hasEnded.store(true, ordering: .releasing) }
        if effects.isEnd || effects.isAlarmEarlier && !executor.loops[0].isCurrent {
            for loop in effects.isEnd ? executor.loops[...] : executor.loops[..<1] { loop.poller.wake() }
        }
    }

    private func write(to wire: Wire) {
        wire.write(delivery(from: wire)) { perform($0) }
    }

    private func interrupt(_ wire: Wire, _ connection: Int) {
        write(to: wire)  // a request that overtakes its statement would strike nobody
        let isStarted = startThread(named: "pg-cancel") {
            wire.cancelRequest?.send()
            self.decide { $0.cancelDelivered(to: connection, at: monotonicNow()) }
        }
        if !isStarted { decide { $0.cancelDelivered(to: connection, at: monotonicNow()) } }
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
        let home = id % executor.loops.count
        let wire = Wire(
            id: id, handle: handle, home: home, poller: executor.loops[home].poller, configuration: configuration, logger: logger)
        wire.watch()
        decide { $0.connected(wire, outbox: wire.outbox, home: home, id: id, at: monotonicNow()) }
    }
}

// MARK: Telling

extension PoolDriver {
    /// Tells the observer, if there is one.
    private func tell(_ pending: Pending, _ outcome: Outcome) {
        guard let report = configuration.observer?.statementFinished else { return }
        if let event = PostgresStatementEvent(pending, outcome, at: monotonicNow()) { report(event) }
    }

    private func tell(_ report: PoolEffects<Wire>.Report) {
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
