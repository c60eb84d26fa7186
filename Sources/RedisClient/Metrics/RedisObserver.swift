public import Logging
import NIOCore

/// What a client tells about its work: for a log of commands, for metrics, for traces. Costs nothing where it is not set.
///
/// Closures run on the connection's event loop, or on the thread that cancels a task: count, or hand over, but never wait in them.
public struct RedisObserver: Sendable {
    /// A command or a pipeline has ended for its caller, one way or the other.
    public var commandFinished: (@Sendable (RedisCommandEvent) -> Void)?
    /// A connection has signed in.
    public var connectionOpened: (@Sendable () -> Void)?
    /// Closed or lost, for whatever reason, after it had signed in.
    public var connectionClosed: (@Sendable () -> Void)?
    /// An attempt to connect, or to sign in, failed.
    public var connectionFailed: (@Sendable (RedisError) -> Void)?

    public init() {}

    /// Logs commands, never their arguments, that took `limit` or longer, and those that failed whatever time they took.
    public static func log(to logger: Logger, level: Logger.Level = .info, slowerThan limit: Duration = .zero) -> RedisObserver {
        var observer = RedisObserver()
        observer.commandFinished = { event in
            guard event.total >= limit || event.error != nil else { return }
            var metadata: Logger.Metadata = [
                "commands": "\(event.commands.joined(separator: " "))", "milliseconds": "\(event.total.wholeMilliseconds)",
            ]
            if let error = event.error { metadata["error"] = "\(error.code.rawValue) \(error.server?.prefix ?? "")" }
            logger.log(level: level, "Redis command", metadata: metadata)
        }
        return observer
    }
}

/// A command, or several sent together, that has ended for its caller.
public struct RedisCommandEvent: Sendable {
    private let sent: RedisRequest.Commands
    /// From handing over to the end of the wait.
    public let total: Duration
    /// Error replies among the answers; the first of them is ``error``, unless there was no answer at all.
    public let refusals: Int
    public let error: RedisError?

    init(_ request: RedisRequest, _ outcome: RedisRequest.Outcome, at now: NIODeadline) {
        sent = request.commands
        total = Duration(now - request.accepted)
        switch outcome {
        case .failure(let failure): (refusals, error) = (0, failure)
        case .success(let replies):
            let errors = replies.errors
            (refusals, error) = (errors.count, errors.first.map { RedisError(server: $0) })
        }
    }

    /// The names in the order sent, without arguments.
    public var commands: [String] {
        switch sent {
        case .one(let command): [command.name]
        case .many(let commands): commands.map(\.name)
        }
    }
}

extension RedisReplies {
    var errorCount: Int {
        switch self {
        case .one(.error): 1
        case .one: 0
        case .many(let replies): replies.count { if case .error = $0 { true } else { false } }
        }
    }

    var errors: [RedisServerError] {
        switch self {
        case .one(.error(let error)): [error]
        case .one: []
        case .many(let replies): replies.compactMap { if case .error(let error) = $0 { error } else { nil } }
        }
    }
}

extension Duration {
    fileprivate var wholeMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
