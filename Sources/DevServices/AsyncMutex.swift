import Synchronization

/// Lets operations that must not overlap run one after another, in the order they came.
final class AsyncMutex: Sendable {
    private struct State {
        var isTaken = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Runs `body` when those that came before have ended, cancelled or not.
    func run<R>(_ body: () async throws(DevServicesError) -> R) async throws(DevServicesError) -> R {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.isTaken { state.waiting.append(continuation) }
                let isFree = !state.isTaken
                state.isTaken = true
                return isFree
            }
            if isFree { continuation.resume() }
        }
        defer { passOn() }
        return try await body()
    }

    private func passOn() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.isTaken = !state.waiting.isEmpty
            return state.waiting.isEmpty ? nil : state.waiting.removeFirst()
        }
        next?.resume()
    }
}
