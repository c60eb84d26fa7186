public import JSON
import Synchronization

/// What a worker tells of itself. Events of the whole queue, from all workers, are the queue's own.
public enum WorkerEvent: Sendable {
    /// A try begins.
    case active(Job)
    case progress(Job, JSONValue)
    case completed(Job, returnValue: RawJSON)
    /// A try failed; with `isFinal` it was the last one.
    case failed(Job, reason: String, isFinal: Bool)
    /// Jobs of vanished workers went back to the queue.
    case stalled([String])
    /// A job is not this worker's any more; its processor was canceled.
    case lockLost(Job)
    /// The queue has nothing left.
    case drained
    /// It takes no more jobs until resumed; those it runs go on.
    case paused
    case resumed
    /// Redis cannot be reached, or refused something; the worker goes on.
    case error(String)
    /// It takes no more jobs.
    case closing
    case closed
}

/// Hands a worker's events to whoever listens; costs next to nothing while nobody does.
final class WorkerEvents: Sendable {
    private struct State {
        var listeners: [Int: AsyncStream<WorkerEvent>.Continuation] = [:]
        var next = 0
        var isOver = false
    }

    private let state = Mutex(State())
    private let isHeard = Atomic(false)

    func listen(buffer: Int) -> AsyncStream<WorkerEvent> {
        let (stream, continuation) = AsyncStream.makeStream(of: WorkerEvent.self, bufferingPolicy: .bufferingNewest(buffer))
        let number = state.withLock { state -> Int? in
            if state.isOver { return nil }
            state.next += 1
            state.listeners[state.next] = continuation
            isHeard.store(true, ordering: .relaxed)
            return state.next
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in self?.forget(number) }
        return stream
    }

    func emit(_ event: @autoclosure () -> WorkerEvent) {
        guard isHeard.load(ordering: .relaxed) else { return }
        let listeners = state.withLock { Array($0.listeners.values) }
        guard !listeners.isEmpty else { return }
        let event = event()
        for listener in listeners { listener.yield(event) }
    }

    /// The last event, and the end of all streams.
    func finish() {
        emit(.closed)
        let listeners = state.withLock { state in
            let listeners = Array(state.listeners.values)
            state.listeners = [:]
            state.isOver = true
            return listeners
        }
        for listener in listeners { listener.finish() }
    }

    private func forget(_ number: Int) {
        state.withLock { state in
            state.listeners[number] = nil
            isHeard.store(!state.listeners.isEmpty, ordering: .relaxed)
        }
    }
}
