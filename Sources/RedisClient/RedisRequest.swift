import NIOCore
import Synchronization

/// One caller waiting for one or several replies. It is answered exactly once, by whoever comes first: reply, deadline, cancellation, or loss.
final class RedisRequest: Sendable, BacklogElement {
    typealias Outcome = Result<[RedisValue], RedisError>

    private enum State {
        case new
        case waiting(CheckedContinuation<Outcome, Never>)
        case finished(Outcome)
        case delivered
    }

    /// Encoded when they are written, and not before: until then the caller's own arguments are all there is.
    let commands: [RedisCommand]
    let cost: BacklogCost
    let deadline: NIODeadline
    private let state = Mutex(State.new)
    private let written = Atomic(false)

    init(_ commands: [RedisCommand], deadline: NIODeadline) {
        self.commands = commands
        let size = commands.reduce(0) { $0 + RESPWriter.size($1.name, $1.arguments) }
        cost = BacklogCost(commands: commands.count, bytes: size)
        self.deadline = deadline
    }

    var replyCount: Int { commands.count }

    func write(to buffer: inout ByteBuffer) {
        for command in commands { RESPWriter.write(command.name, command.arguments, to: &buffer) }
    }

    /// True once the bytes were handed to the socket: from then on nobody knows whether the command ran.
    var isWritten: Bool { written.load(ordering: .relaxed) }

    var isFinished: Bool {
        state.withLock { state in
            switch state {
            case .new, .waiting: false
            case .finished, .delivered: true
            }
        }
    }

    /// Claims the request for sending; false when nobody waits for it any more.
    func markWritten() -> Bool {
        state.withLock { state in
            switch state {
            case .new, .waiting:
                written.store(true, ordering: .relaxed)
                return true
            case .finished, .delivered: return false
            }
        }
    }

    /// Suspends the caller until the request is finished; `submit` runs once the continuation is in place.
    func outcome(submit: () -> Void) async -> Outcome {
        await withCheckedContinuation { continuation in
            let early = state.withLock { state -> Outcome? in
                if case .finished(let outcome) = state {
                    state = .delivered
                    return outcome
                }
                state = .waiting(continuation)
                return nil
            }
            if let early {
                continuation.resume(returning: early)
            } else {
                submit()
            }
        }
    }

    func finish(_ outcome: Outcome) {
        let continuation = state.withLock { state -> CheckedContinuation<Outcome, Never>? in
            switch state {
            case .new:
                state = .finished(outcome)
                return nil
            case .waiting(let continuation):
                state = .delivered
                return continuation
            case .finished, .delivered:
                return nil
            }
        }
        continuation?.resume(returning: outcome)
    }
}
