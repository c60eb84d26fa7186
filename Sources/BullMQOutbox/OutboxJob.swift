public import JSON
public import Primitives

/// A job that becomes visible in Redis only after the SQL transaction that wrote it has committed.
public struct OutboxJob: Sendable {
    /// The outbox row's key; rows go out in its order.
    public let id: UUIDv7
    public let queue: String
    public let name: String
    /// Adding the same id twice makes one job, for as long as that job exists.
    public let jobID: String
    /// Handed to the worker byte for byte.
    public let data: RawJSON
    /// BullMQ job options under their public names, such as `{"attempts": 3}`. `jobId` and `delay` are set from this row.
    public let options: JSONObject
    /// When the job is due; nil for at once.
    public let dueAt: Timestamp?

    public init(
        id: UUIDv7 = UUIDv7(), queue: String, name: String, jobID: String, data: RawJSON, options: JSONObject = [:], dueAt: Timestamp? = nil
    ) {
        self.id = id
        self.queue = queue
        self.name = name
        self.jobID = jobID
        self.data = data
        self.options = options
        self.dueAt = dueAt
    }
}
