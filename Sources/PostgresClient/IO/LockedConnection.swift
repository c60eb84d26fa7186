import CLibpq
import Glibc
import Logging
import Synchronization

/// A connection as any thread may use it: what the pool has decided to send, and libpq behind a lock.
///
/// What arrives is delivered under that lock, so that the pool hears of it in the order in which it came. The pool's own lock may be taken
/// inside this one, never the other way round.
final class LockedConnection: Sendable {
    typealias Delivery = @Sendable ([ServerConnection.ConnectionEvent]) -> PoolEffects<LockedConnection>

    /// What the poller watches for.
    private struct Interest: Equatable {
        var reading = true
        var writing = false
    }

    private struct State: ~Copyable {
        /// Nil once it is closed.
        var connection: ServerConnection?
        var interest = Interest()
        var jobs: [Job] = []
    }

    let id: Int
    let eventLoop: Int
    let outbox = Outbox()
    /// Works on any thread; nil when there was no memory for it.
    let cancelRequest: CancelRequest?
    /// What the poller knows. libpq closes the socket of a broken connection by itself: then this number may be that of another one.
    private let socket: Int32
    private let poller: Poller
    private let state: Mutex<State>

    /// - Parameters:
    ///   - eventLoop: The event loop that reads from it.
    ///   - poller: That loop's.
    init(id: Int, handle: ConnectionHandle, eventLoop: Int, poller: Poller, configuration: PostgresPoolConfiguration, logger: Logger) {
        self.id = id
        self.eventLoop = eventLoop
        self.poller = poller
        self.socket = PQsocket(handle.pointer)
        self.cancelRequest = PQgetCancel(handle.pointer).map(CancelRequest.init(adopting:))
        self.state = Mutex(State(connection: ServerConnection(handle: handle, configuration: configuration, logger: logger)))
    }

    /// Lets the poller tell its loop what arrives.
    func watch() { poller.add(socket, token: id) }

    /// Sends what is in the outbox, unless another thread is at work here, which will. `perform` does what follows from it.
    func write(_ deliver: Delivery, perform: (PoolEffects<LockedConnection>) -> Void) {
        while !outbox.isEmpty {
            let turn = state.withLockIfAvailable { state -> PoolEffects<LockedConnection>? in
                outbox.take(into: &state.jobs)
                var arrivals: [ServerConnection.ConnectionEvent] = []
                state.connection?.send(state.jobs, into: &arrivals)
                state.jobs.removeAll(keepingCapacity: true)
                watch(&state)
                return arrivals.isEmpty ? nil : deliver(arrivals)
            }
            guard let turn else { return }
            if let effects = turn { perform(effects) }
        }
    }

    /// Does what the poller asks for. Call ``write(_:perform:)`` afterwards: others may have relied on it.
    func handle(_ event: Poller.Event, _ deliver: Delivery) -> PoolEffects<LockedConnection>? {
        if let turn = state.withLockIfAvailable({ handle(event, in: &$0, deliver) }) { return turn }
        // The thread that holds the lock has sent a statement whose answer is here already, and is about to release it.
        sched_yield()
        return state.withLock { handle(event, in: &$0, deliver) }
    }

    private func handle(_ event: Poller.Event, in state: inout State, _ deliver: Delivery) -> PoolEffects<LockedConnection>? {
        var arrivals: [ServerConnection.ConnectionEvent] = []
        if event.isReadable { state.connection?.receive(into: &arrivals) }
        if event.isWritable { state.connection?.flush(into: &arrivals) }
        watch(&state)
        return arrivals.isEmpty ? nil : deliver(arrivals)
    }

    func close() {
        state.withLock { state in
            if state.connection?.socket == socket { poller.remove(socket) }
            state.connection = nil
        }
    }

    private func watch(_ state: inout State) {
        guard let isPaused = state.connection?.isPaused, let waitsForWriting = state.connection?.waitsForWriting else { return }
        let interest = Interest(reading: !isPaused, writing: waitsForWriting)
        guard interest != state.interest, state.connection?.socket == socket else { return }
        state.interest = interest
        poller.change(socket, token: id, readable: interest.reading, writable: interest.writing)
    }
}
