import CCurl
import Synchronization

/// A checked request on its way to the I/O thread, with whoever waits for the answer.
struct Submission: Sendable {
    let id: UInt64
    let request: CheckedRequest
    let deadline: ContinuousClock.Instant
    let continuation: CheckedContinuation<Result<OutgoingResponse, OutgoingError>, Never>
}

/// libcurl's multi handle, which belongs to the I/O thread.
///
/// `@unchecked Sendable`, because: the pointer itself never changes; libcurl documents `curl_multi_wakeup` as callable from any thread
/// while the handle exists; ``Mailbox`` calls it under the lock that also guards the step to `.stopped`, and the I/O thread cleans the
/// handle up only after that step; every other function is called by the I/O thread alone, and before that thread exists by `init`.
struct MultiHandle: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
}

/// What the callers tell the I/O thread.
final class Mailbox: Sendable {
    enum Message: Sendable {
        case submit(Submission)
        case cancel(UInt64)
        /// Take nothing new, and abort at `deadline` what is still in flight.
        case close(deadline: ContinuousClock.Instant)
    }

    private enum Phase { case open, closing, stopped }

    private struct State {
        var phase = Phase.open
        var messages: [Message] = []
        var lastID: UInt64 = 0
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let multi: MultiHandle

    init(multi: MultiHandle) { self.multi = multi }

    func makeID() -> UInt64 {
        state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
    }

    /// Whether the submission was taken; if not, the client is closed and the continuation is still the caller's.
    func submit(_ submission: Submission) -> Bool {
        state.withLock { state in
            guard state.phase == .open else { return false }
            post(.submit(submission), to: &state)
            return true
        }
    }

    /// Unknown and finished ids are ignored.
    func cancel(_ id: UInt64) {
        state.withLock { post(.cancel(id), to: &$0) }
    }

    func requestClose(deadline: ContinuousClock.Instant) {
        state.withLock { state in
            guard state.phase != .stopped else { return }
            state.phase = .closing
            post(.close(deadline: deadline), to: &state)
        }
    }

    /// Returns once the I/O thread has settled every request and let go of the connections.
    func waitUntilStopped() async {
        await withCheckedContinuation { continuation in
            let isStopped = state.withLock { state in
                if state.phase != .stopped { state.closers.append(continuation) }
                return state.phase == .stopped
            }
            if isStopped { continuation.resume() }
        }
    }

    /// For the I/O thread: everything that came since the last call, in order.
    func take() -> [Message] {
        state.withLock { state in
            let messages = state.messages
            state.messages.removeAll(keepingCapacity: true)
            return messages
        }
    }

    /// For the I/O thread: from here on nobody touches the multi handle. Returns what was not taken yet and who waits for the end.
    func stop() -> (messages: [Message], closers: [CheckedContinuation<Void, Never>]) {
        state.withLock { state in
            let rest = (state.messages, state.closers)
            state = State(phase: .stopped, lastID: state.lastID)
            return rest
        }
    }

    private func post(_ message: Message, to state: inout State) {
        guard state.phase != .stopped else { return }
        state.messages.append(message)
        // One call wakes the thread for all messages until it takes them.
        if state.messages.count == 1 { curl_multi_wakeup(multi.pointer) }
    }
}
