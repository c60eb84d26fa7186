public import Primitives

/// Why a queue operation was refused. Trouble with the server itself is a `RedisError`.
public struct BullMQError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// An option that no client may write, see the message.
        case invalidOptions
        /// The job's data is larger than its `sizeLimit`.
        case tooLarge
        /// A worker is running the job, or one of its children.
        case locked
        /// The job is the pending one of a job scheduler.
        case ownedByScheduler
        /// No such job.
        case notFound
        /// A reply of the server has an unexpected shape.
        case unexpectedReply
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "BullMQ: \(message) (\(code.rawValue))" }
}

/// Thrown by a processor: the job fails now, whatever attempts it has left.
public struct UnrecoverableError: Error, Sendable, CustomStringConvertible {
    public let message: String

    public init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}

/// Thrown by a processor: the job is run again at `until`, and this attempt does not count.
public struct DelayJob: Error, Sendable, CustomStringConvertible {
    public let until: Timestamp

    public init(until: Timestamp) {
        self.until = until
    }

    public var description: String { "delayed until \(until)" }
}
