public import Primitives

// What a processor throws when its job is neither done nor failed, or failed beyond repair.

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

/// Thrown by a processor: the job waits until its children are done, those that ``JobContext/addChildren(_:to:)`` has added, then runs again, and
/// this attempt does not count. When none is pending it runs again at once. Fails the job when a child failed that takes it along.
public struct WaitForChildren: Error, Sendable {
    public init() {}
}

/// Thrown by a processor: back to the front of the queue, and this attempt does not count.
public struct ReturnJob: Error, Sendable {
    public init() {}
}

/// Thrown by a processor: the service behind it has had enough. The job goes back to the front, this attempt does not count, and this
/// worker starts nothing for `duration`; nor do the others, provided that they or the queue have a rate limit at all.
public struct RateLimitQueue: Error, Sendable {
    /// Nil: as long as a limit that is already in force, see ``Queue/rateLimit(for:)``.
    public let duration: Duration?

    public init(for duration: Duration? = nil) {
        self.duration = duration
    }
}

/// Why a processor's task was canceled, when it ended for that reason: the job failed with this.
public struct JobCanceled: Error, Sendable, CustomStringConvertible {
    public enum Cause: Sendable, Hashable {
        /// It ran longer than ``WorkerOptions/timeout``.
        case timeout(Duration)
        /// ``Worker/cancel(_:reason:)``
        case request(String)
        /// The lock is gone: another worker has the job, or will. What the processor answers does not count any more.
        case lockLost
    }

    public let cause: Cause

    public var description: String {
        switch cause {
        case .timeout(let duration): "The job ran longer than \(duration.milliseconds) ms"
        case .request(let reason): reason
        case .lockLost: "could not renew lock"
        }
    }
}
