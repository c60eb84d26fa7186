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
        /// The job is in another state than the operation is for.
        case wrongState
        /// The job that was to be the parent does not exist.
        case parentMissing
        /// The job exists, as the child of another parent.
        case parentMismatch
        /// The queue must be paused first.
        case notPaused
        /// Jobs are running.
        case hasActiveJobs
        /// The job is not this worker's any more: its lock ran out, or another worker has taken it over.
        case lockLost
        /// The job has children that have not finished.
        case pendingChildren
        /// A child failed that takes its parent along.
        case failedChildren
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

extension BullMQError {
    /// What a script's code below zero means. The texts are those of the other clients, since some become a job's failed reason.
    init(code: Int, job id: String, command: String, state: String = "active") {
        switch code {
        case -1: self.init(.notFound, "Missing key for job \(id). \(command)")
        case -2: self.init(.lockLost, "Missing lock for job \(id). \(command)")
        case -3: self.init(.wrongState, "Job \(id) is not in the \(state) state. \(command)")
        case -4: self.init(.pendingChildren, "Job \(id) has pending dependencies. \(command)")
        case -5: self.init(.parentMissing, "Missing key for parent job \(id). \(command)")
        case -6: self.init(.lockLost, "Lock mismatch for job \(id). Cmd \(command) from \(state)")
        case -7: self.init(.parentMismatch, "The parent job \(id) cannot be replaced. \(command)")
        case -8: self.init(.ownedByScheduler, "Job \(id) belongs to a job scheduler and cannot be removed directly. \(command)")
        case -9:
            self.init(.failedChildren, "Cannot complete job \(id) because it has at least one failed child. \(command)")
        default: self.init(.unexpectedReply, "\(command) of job \(id) answered \(code)")
        }
    }
}
