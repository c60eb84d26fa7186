import Synchronization

/// Events that have not been read yet, bounded: a value that knows no connection and no task.
struct NotificationBuffer {
    let limit: Int
    private var events = FIFO<PostgresListenEvent>()
    private var endsWithMissed = false

    init(limit: Int) { self.limit = limit }

    var count: Int { events.count }

    /// Losing some is losing all: a reader that is told to look again needs none of the older ones, and gets the newer ones after.
    mutating func append(_ event: PostgresListenEvent) {
        if event == .mayHaveMissed, endsWithMissed { return }
        if events.count >= limit {
            _ = events.removeAll()
            events.append(.mayHaveMissed)
            endsWithMissed = event != .interrupted
            if event == .interrupted { events.append(.interrupted) }
            return
        }
        events.append(event)
        endsWithMissed = event == .mayHaveMissed
    }

    mutating func next() -> PostgresListenEvent? {
        let event = events.popFirst()
        if events.isEmpty { endsWithMissed = false }
        return event
    }
}

/// Tells an iteration whose task was cancelled from the others.
private final class CancellationMark: Sendable {
    private let flag = Atomic(false)

    var isSet: Bool { flag.load(ordering: .acquiring) }
    func set() { flag.store(true, ordering: .releasing) }
}

/// Takes events from the listening thread to the tasks that iterate.
final class NotificationChannel: Sendable {
    private struct State {
        var buffer: NotificationBuffer
        var waiters: [(mark: CancellationMark, continuation: CheckedContinuation<PostgresListenEvent?, Never>)] = []
        var isEnded = false
    }

    private let state: Mutex<State>

    init(limit: Int) { state = Mutex(State(buffer: NotificationBuffer(limit: limit))) }

    func push(_ event: PostgresListenEvent) {
        let waiter = state.withLock { state -> CheckedContinuation<PostgresListenEvent?, Never>? in
            guard state.waiters.isEmpty else { return state.waiters.removeFirst().continuation }
            state.buffer.append(event)
            return nil
        }
        waiter?.resume(returning: event)
    }

    /// What is buffered can still be read.
    func end() {
        let waiters = state.withLock { state in
            state.isEnded = true
            let waiters = state.waiters
            state.waiters = []
            return waiters
        }
        for waiter in waiters { waiter.continuation.resume(returning: nil) }
    }

    func next() async -> PostgresListenEvent? {
        let mark = CancellationMark()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (isReady, event) = state.withLock { state -> (Bool, PostgresListenEvent?) in
                    if mark.isSet { return (true, nil) }
                    if let event = state.buffer.next() { return (true, event) }
                    if state.isEnded { return (true, nil) }
                    state.waiters.append((mark, continuation))
                    return (false, nil)
                }
                if isReady { continuation.resume(returning: event) }
            }
        } onCancel: {
            mark.set()
            let waiter = state.withLock { state -> CheckedContinuation<PostgresListenEvent?, Never>? in
                guard let index = state.waiters.firstIndex(where: { $0.mark === mark }) else { return nil }
                return state.waiters.remove(at: index).continuation
            }
            waiter?.resume(returning: nil)
        }
    }
}
