import Synchronization

/// Hands values from several senders to one receiver, each sender waiting until its value was taken: nothing piles up in between.
final class Handoff<Value: Sendable>: Sendable {
    private struct Offer {
        let id: Int
        let value: Value
        let taken: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var offers: [Offer] = []
        var receiver: CheckedContinuation<Value?, any Error>?
        var isFinished = false
        var isAbandoned = false
        var lastID = 0
        /// Offers that were cancelled before they were made.
        var cancelled: Set<Int> = []
    }

    private enum Placed { case waits, refused, handed(CheckedContinuation<Value?, any Error>) }
    private enum Taken { case waits, ended, abandoned, offer(Offer) }

    private let state = Mutex(State())

    /// Returns once the value was taken.
    /// - Throws: `CancellationError` when the task is cancelled or the receiver gone.
    func send(_ value: Value) async throws {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                switch place(Offer(id: id, value: value, taken: continuation)) {
                case .waits: break
                case .refused: continuation.resume(throwing: CancellationError())
                case .handed(let receiver):
                    receiver.resume(returning: value)
                    continuation.resume()
                }
            }
        } onCancel: {
            cancel(id)
        }
    }

    /// No value will follow those that wait to be taken.
    func finish() {
        let receiver = state.withLock { state in
            state.isFinished = true
            defer { state.receiver = nil }
            return state.receiver
        }
        receiver?.resume(returning: nil)
    }

    /// The next value; nil when there are no more.
    /// - Throws: `CancellationError` when the task is cancelled; senders get it too, from then on.
    func next() async throws -> Value? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                switch take(orWaitWith: continuation) {
                case .waits: break
                case .ended: continuation.resume(returning: nil)
                case .abandoned: continuation.resume(throwing: CancellationError())
                case .offer(let offer):
                    offer.taken.resume()
                    continuation.resume(returning: offer.value)
                }
            }
        } onCancel: {
            abandon()
        }
    }

    private func place(_ offer: Offer) -> Placed {
        state.withLock { state in
            if state.isAbandoned || state.cancelled.remove(offer.id) != nil { return .refused }
            if let receiver = state.receiver {
                state.receiver = nil
                return .handed(receiver)
            }
            state.offers.append(offer)
            return .waits
        }
    }

    private func take(orWaitWith receiver: CheckedContinuation<Value?, any Error>) -> Taken {
        state.withLock { state in
            if state.isAbandoned { return .abandoned }
            if !state.offers.isEmpty { return .offer(state.offers.removeFirst()) }
            if state.isFinished { return .ended }
            state.receiver = receiver
            return .waits
        }
    }

    private func cancel(_ id: Int) {
        let offer = state.withLock { state -> Offer? in
            guard let index = state.offers.firstIndex(where: { $0.id == id }) else {
                state.cancelled.insert(id)
                return nil
            }
            return state.offers.remove(at: index)
        }
        offer?.taken.resume(throwing: CancellationError())
    }

    private func abandon() {
        let (receiver, offers) = state.withLock { state -> (CheckedContinuation<Value?, any Error>?, [Offer]) in
            state.isAbandoned = true
            let waiting = (state.receiver, state.offers)
            state.receiver = nil
            state.offers = []
            return waiting
        }
        receiver?.resume(throwing: CancellationError())
        for offer in offers { offer.taken.resume(throwing: CancellationError()) }
    }
}
