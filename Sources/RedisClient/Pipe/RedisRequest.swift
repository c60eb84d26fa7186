import NIOCore
import Synchronization

/// What the server answered to one request: a reply to each of its commands.
enum RedisReplies: Sendable, Equatable {
    /// Apart, so that a single command costs no array.
    case one(RedisValue)
    case many([RedisValue])

    /// In the order of the commands.
    var all: [RedisValue] {
        switch self {
        case .one(let reply): [reply]
        case .many(let replies): replies
        }
    }

    /// The reply to one command; an error reply is thrown.
    func single() throws(RedisError) -> RedisValue {
        guard case .one(let reply) = self else { throw RedisError(.unexpectedReply, "one command got several replies") }
        if case .error(let error) = reply { throw RedisError(server: error) }
        return reply
    }
}

/// One caller's command, or several that go together, and the wait for the outcome.
final class RedisRequest: Sendable, PipedRequest {
    typealias Outcome = Result<RedisReplies, RedisError>

    enum Commands: Sendable {
        case one(RedisCommand)
        case many([RedisCommand])
    }

    /// Encoded when they are written, and not before: until then the caller's own arguments are all there is.
    let commands: Commands
    let cost: BacklogCost
    let accepted: NIODeadline
    let deadline: NIODeadline
    /// False for what the client sends for itself, which no figure counts.
    let isCallers: Bool
    // Not a checked continuation: the slot resumes a waiter exactly once by its construction, and the check costs an allocation.
    private let slot = Mutex(ReplySlot<UnsafeContinuation<Outcome, Never>, Outcome>())

    /// - Parameter timeout: nil waits indefinitely.
    init(_ commands: Commands, timeout: TimeAmount?, isCallers: Bool = true) {
        self.commands = commands
        self.isCallers = isCallers
        cost =
            switch commands {
            case .one(let command): BacklogCost(commands: 1, bytes: RESPWriter.size(command))
            case .many(let list): BacklogCost(commands: list.count, bytes: list.reduce(0) { $0 + RESPWriter.size($1) })
            }
        let now = NIODeadline.now()
        accepted = now
        deadline = timeout.map { now + $0 } ?? .distantFuture
    }

    var replyCount: Int { cost.commands }

    /// Appends the commands as the server reads them; before `buffer` would grow beyond `limit` it is taken away to `pieces`.
    func write(to buffer: inout ByteBuffer, limit: Int, pieces: inout [ByteBuffer]) {
        switch commands {
        case .one(let command): RESPWriter.write(command, to: &buffer, size: cost.bytes)
        case .many(let list) where cost.bytes <= limit: RESPWriter.write(list, to: &buffer, size: cost.bytes)
        case .many(let list):
            for command in list {
                RESPWriter.write(command, to: &buffer, size: RESPWriter.size(command))
                guard buffer.readableBytes > limit else { continue }
                pieces.append(buffer)
                buffer = ByteBuffer()
            }
        }
    }

    static func == (left: RedisRequest, right: RedisRequest) -> Bool { left === right }

    var isFinished: Bool { slot.withLock { $0.isFinished } }
    func claim() -> Bool { slot.withLock { $0.claim() } }

    /// Suspends the caller until the request is finished; `submit` runs once the caller waits.
    func outcome(submit: () -> Void) async -> Outcome {
        await withUnsafeContinuation { continuation in
            if let early = slot.withLock({ $0.wait(continuation) }) {
                continuation.resume(returning: early)
            } else {
                submit()
            }
        }
    }

    /// - Returns: false when it was finished before; nothing has changed then.
    @discardableResult
    func finish(_ outcome: Outcome) -> Bool {
        resume(slot.withLock { $0.finish(outcome) }, outcome)
    }

    /// Ends the wait because the caller was cancelled; a command that was written may still run.
    /// - Returns: the error that the caller gets, nil when it was finished before.
    func cancel(_ message: String) -> RedisError? {
        let (finish, error) = slot.withLock { slot in
            let error = RedisError(.cancelled, message, isRetrySafe: !slot.isWritten)
            return (slot.finish(.failure(error)), error)
        }
        return resume(finish, .failure(error)) ? error : nil
    }

    private func resume(_ finish: ReplySlot<UnsafeContinuation<Outcome, Never>, Outcome>.Finish, _ outcome: Outcome) -> Bool {
        switch finish {
        case .resume(let continuation):
            continuation.resume(returning: outcome)
            return true
        case .kept: return true
        case .ignored: return false
        }
    }
}
