import CLibpq
import Glibc
import Logging
import Synchronization

/// One listening connection and the thread that keeps it, as ``ListenerMachine`` decides.
final class Listener: Sendable {
    typealias Started = CheckedContinuation<Result<Void, PostgresError>, Never>

    let events: NotificationChannel
    private let channels: [String]
    private let connector: Connector
    private let startTimeout: Duration
    private let logger: Logger
    private let isStopped = Atomic<Bool>(false)
    /// Readable once the listener is to stop.
    private let stopDescriptor: Int32

    init(channels: [String], bufferLimit: Int, configuration: PostgresPoolConfiguration, logger: Logger) throws(PostgresError) {
        self.channels = channels
        self.events = NotificationChannel(limit: bufferLimit)
        self.connector = Connector(configuration)
        self.startTimeout = configuration.acquireTimeout
        self.logger = logger
        stopDescriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard stopDescriptor >= 0 else {
            throw PostgresError(.invalidConfiguration, "eventfd failed: \(String(cString: strerror(errno)))", isRetrySafe: true)
        }
    }

    deinit { _ = close(stopDescriptor) }

    /// Ends the sequence and closes the connection; may be called from anywhere, more than once.
    func stop() {
        isStopped.store(true, ordering: .releasing)
        var one: UInt64 = 1
        _ = write(stopDescriptor, &one, 8)
        events.end()
    }

    func start(removingFrom listeners: Listeners, whenListening started: Started) {
        let isStarted = startThread(named: "pg-listen") {
            self.run(started)
            listeners.remove(self)
        }
        guard !isStarted else { return }
        listeners.remove(self)
        started.resume(returning: .failure(PostgresError(.connectionFailed, "no thread could be started", isRetrySafe: true)))
    }

    // MARK: The thread

    private var mustStop: Bool { isStopped.load(ordering: .acquiring) }

    /// Carries out what the machine decides.
    private func run(_ started: Started) {
        var machine = ListenerMachine(startDeadline: monotonicNow().later(by: startTimeout.wholeNanoseconds))
        var handle: ConnectionHandle?
        var step = machine.started()
        while true {
            if let event = step.event { events.push(event) }
            if let answer = step.answer { started.resume(returning: answer) }
            if let warning = step.warning { logger.warning("PostgreSQL listener is not connected", metadata: ["error": "\(warning)"]) }
            if mustStop, step.work != .end {
                step = machine.stopped()
                continue
            }
            do throws(PostgresError) {
                switch step.work {
                case .connect:
                    handle = try connect()
                    step = machine.listening()
                case .receive:
                    if let handle { try receive(from: handle.pointer) }
                    step = machine.stopped()
                case .pause(let moment):
                    handle = nil
                    sleep(until: moment)
                    step = machine.paused()
                case .end: return
                }
            } catch {
                step = mustStop ? machine.stopped() : machine.failed(error, at: monotonicNow(), jitter: .random(in: 0...1))
            }
        }
    }

    private func connect() throws(PostgresError) -> ConnectionHandle {
        let handle = try connector.connect()
        NoticeSink.silence(handle.pointer)
        let names = channels.map { "LISTEN \(SQL.identifier($0).text)" }.joined(separator: "; ")
        guard PQexitPipelineMode(handle.pointer) == 1, PQsendQuery(handle.pointer, names) == 1 else { throw lost(handle.pointer) }
        let deadline = monotonicNow().later(by: connector.timeout.wholeNanoseconds)
        while true {
            let unsent = PQflush(handle.pointer)
            guard unsent >= 0, PQconsumeInput(handle.pointer) == 1 else { throw lost(handle.pointer) }
            while PQisBusy(handle.pointer) == 0 {
                guard let result = PQgetResult(handle.pointer) else { return handle }
                defer { PQclear(result) }
                guard PQresultStatus(result) == PGRES_COMMAND_OK else { throw PostgresError(serverResult: result) }
            }
            guard monotonicNow() < deadline, !mustStop else {
                throw PostgresError(.timedOut, "the server did not answer LISTEN in time", isRetrySafe: true)
            }
            wait(for: PQsocket(handle.pointer), writable: unsent == 1, until: deadline)
        }
    }

    /// Returns when the listener is to stop. TCP keepalives, set with the connection, find a server that vanished in silence.
    private func receive(from connection: OpaquePointer) throws(PostgresError) {
        while !mustStop {
            while let notification = PQnotifies(connection) {
                let (channel, payload) = (notification.pointee.relname, notification.pointee.extra)
                events.push(
                    .notification(channel: channel.map { String(cString: $0) } ?? "", payload: payload.map { String(cString: $0) } ?? ""))
                PQfreemem(notification)
            }
            wait(for: PQsocket(connection), writable: false, until: .max)
            // Also parses what is neither a notification nor an answer.
            guard PQconsumeInput(connection) == 1, PQisBusy(connection) >= 0, PQstatus(connection) == CONNECTION_OK else {
                throw lost(connection)
            }
        }
    }

    private func lost(_ connection: OpaquePointer) -> PostgresError {
        let text = PQerrorMessage(connection).map { String(cString: $0).trimmed } ?? ""
        return PostgresError(.connectionLost, text.isEmpty ? "the server closed the connection" : text, isRetrySafe: true)
    }

    /// Returns early when the listener is to stop.
    private func wait(for socket: Int32, writable: Bool, until deadline: Int64) {
        var entries = [
            pollfd(fd: stopDescriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socket, events: Int16(POLLIN | (writable ? POLLOUT : 0)), revents: 0),
        ]
        let milliseconds = deadline == .max ? -1 : Int32(clamping: max(0, deadline - monotonicNow()) / 1_000_000 + 1)
        _ = poll(&entries, 2, milliseconds)
    }

    /// A negative descriptor is one `poll` passes over.
    private func sleep(until moment: Int64) {
        if !mustStop, moment > monotonicNow() { wait(for: -1, writable: false, until: moment) }
    }
}

/// The listeners of a pool, so that its end is theirs.
final class Listeners: Sendable {
    /// Nil once the pool has ended.
    private let state = Mutex<[ObjectIdentifier: Listener]?>([:])

    /// False when the pool has ended.
    func add(_ listener: Listener) -> Bool {
        state.withLock { listeners in
            listeners?[ObjectIdentifier(listener)] = listener
            return listeners != nil
        }
    }

    func remove(_ listener: Listener) { state.withLock { _ = $0?.removeValue(forKey: ObjectIdentifier(listener)) } }

    func stopAll() {
        let all = state.withLock { listeners in
            let all = listeners
            listeners = nil
            return all
        }
        for listener in (all ?? [:]).values { listener.stop() }
    }
}
