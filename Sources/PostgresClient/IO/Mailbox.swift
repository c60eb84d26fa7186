import CLibpq
import Glibc
import Synchronization

/// What other threads tell the I/O thread.
enum Message: Sendable {
    case submit(Job)
    case cancel(CancellationMark)
    case connected(ConnectionHandle)
    case connectFailed(PostgresError)
    /// The cancel request to this connection has been delivered, or failed to be.
    case cancelDelivered(connection: Int)
    case close
}

/// Takes messages from any thread to the I/O thread, and wakes that one only when it sleeps.
final class Mailbox: Sendable {
    private struct State {
        var messages: [Message] = []
        var isReceiverAsleep = false
        var isClosed = false
    }

    private let state = Mutex(State())
    /// Readable when the I/O thread was woken.
    let descriptor: Int32

    init() throws(PostgresError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else {
            throw PostgresError(.invalidConfiguration, "eventfd failed: \(String(cString: strerror(errno)))", isRetrySafe: true)
        }
    }

    deinit { _ = Glibc.close(descriptor) }

    /// False when nobody will ever read it.
    @discardableResult
    func post(_ message: sending Message) -> Bool {
        let (isOpen, mustWake) = state.withLock { state -> (Bool, Bool) in
            guard !state.isClosed else { return (false, false) }
            state.messages.append(message)
            let mustWake = state.isReceiverAsleep
            state.isReceiverAsleep = false
            return (true, mustWake)
        }
        if mustWake { wake() }
        return isOpen
    }

    /// Swaps `messages`, which must be empty, with those that arrived.
    func take(into messages: inout [Message]) {
        state.withLock { state in
            if !state.messages.isEmpty { swap(&state.messages, &messages) }
        }
    }

    /// Whether the I/O thread may sleep: nothing has arrived, and whatever does from now on will wake it.
    func prepareToSleep() -> Bool {
        state.withLock { state in
            guard state.messages.isEmpty else { return false }
            state.isReceiverAsleep = true
            return true
        }
    }

    func finishSleeping() { state.withLock { $0.isReceiverAsleep = false } }

    /// Empties `descriptor` again.
    func acknowledgeWake() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }

    /// Refuses everything from now on and returns what nobody has read.
    func close() -> [Message] {
        state.withLock { state in
            state.isClosed = true
            let messages = state.messages
            state.messages = []
            return messages
        }
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }
}
