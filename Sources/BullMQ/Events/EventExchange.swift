import Synchronization

/// Hands batches of events from one reader to one consumer; holds one batch, so that the reader is never further ahead.
final class EventExchange: Sendable {
    private struct State {
        var batch: [QueueEvent]?
        var consumer: CheckedContinuation<[QueueEvent]?, any Error>?
        var reader: CheckedContinuation<Bool, Never>?
        var end: Result<Void, any Error>?
    }

    private let state = Mutex(State())

    /// Waits for the next batch; nil at the end.
    func take() async throws -> [QueueEvent]? {
        try await withCheckedThrowingContinuation { continuation in
            let (answer, reader) = state.withLock { state -> (Result<[QueueEvent]?, any Error>?, CheckedContinuation<Bool, Never>?) in
                if let batch = state.batch {
                    let reader = state.reader
                    (state.batch, state.reader) = (nil, nil)
                    return (.success(batch), reader)
                }
                if let end = state.end { return (end.map { nil }, nil) }
                state.consumer = continuation
                return (nil, nil)
            }
            if let answer { continuation.resume(with: answer) }
            reader?.resume(returning: true)
        }
    }

    /// Offers a batch, and waits until it is taken.
    /// - Returns: false when nobody takes any more.
    func put(_ batch: [QueueEvent]) async -> Bool {
        await withCheckedContinuation { continuation in
            let (isTaken, consumer) = state.withLock { state -> (Bool?, CheckedContinuation<[QueueEvent]?, any Error>?) in
                if state.end != nil { return (false, nil) }
                if let consumer = state.consumer {
                    state.consumer = nil
                    return (true, consumer)
                }
                state.batch = batch
                state.reader = continuation
                return (nil, nil)
            }
            consumer?.resume(returning: batch)
            if let isTaken { continuation.resume(returning: isTaken) }
        }
    }

    /// No more batches: with an error, or nil.
    func end(_ error: (any Error)?) {
        let (consumer, reader) = state.withLock {
            state -> (CheckedContinuation<[QueueEvent]?, any Error>?, CheckedContinuation<Bool, Never>?) in
            if state.end == nil { state.end = error.map { .failure($0) } ?? .success(()) }
            let (consumer, reader) = (state.consumer, state.reader)
            (state.consumer, state.reader) = (nil, nil)
            return (consumer, reader)
        }
        if let error { consumer?.resume(throwing: error) } else { consumer?.resume(returning: nil) }
        reader?.resume(returning: false)
    }
}
