public import JSON
public import Primitives

/// A job as it was stored when it was read.
public struct Job: Sendable {
    public let id: String
    public let name: String
    /// The producer's JSON, byte for byte.
    public let data: RawJSON
    public let options: JobOptions
    /// When it was added.
    public let timestamp: Timestamp
    /// The wait it is in, or was last in; zero after it became ready.
    public let delay: Duration
    public let priority: Int
    /// Tries that ended: completed, failed, or to be repeated. During the first try it is 0.
    public let attemptsMade: Int
    /// Tries that began.
    public let attemptsStarted: Int
    /// How often its worker vanished.
    public let stalls: Int
    /// When the latest try began.
    public let processedOn: Timestamp?
    /// When it completed, or failed for good.
    public let finishedOn: Timestamp?
    /// The name of the worker of the latest try, if it has one.
    public let processedBy: String?
    /// What the processor answered, JSON.
    public let returnValue: RawJSON?
    public let failedReason: String?
    /// One entry for each failed try, oldest first.
    public let stackTrace: [String]
    /// What the processor reported last, JSON.
    public let progress: RawJSON?
    /// Key of the parent job, `<prefix>:<queue>:<id>`.
    public let parentKey: String?
    /// The id of the job scheduler that made it.
    public let schedulerID: String?
    public let deduplicationID: String?
    /// The path of its group; empty when it has none.
    public let groupPath: [String]
    /// Set when the job is to fail without being run again.
    let deferredFailure: String?

    /// `data`, parsed.
    public func json() throws(JSONError) -> JSONValue {
        try JSONValue(parsing: data.bytes)
    }
}

/// Where a job is. The raw value is the name of the key that holds it.
public enum JobState: String, Sendable, CaseIterable {
    case active, completed, delayed, failed, prioritized, wait
    case waitingChildren = "waiting-children"
    /// Only in queues that clients before BullMQ 6 have paused.
    case paused
}

extension Job {
    /// Reads a job's hash. Nil when it has no fields.
    init?(id: String, fields: JobFields) {
        if fields.isEmpty { return nil }
        self.id = id
        name = fields.text("name") ?? ""
        data = RawJSON(unchecked: fields["data"] ?? Array("{}".utf8))
        options = JobOptions(stored: fields["opts"])
        timestamp = fields.time("timestamp") ?? Timestamp(milliseconds: 0)
        delay = .milliseconds(fields.int("delay") ?? 0)
        priority = fields.int("priority") ?? 0
        attemptsMade = fields.int("atm") ?? fields.int("attemptsMade") ?? 0
        attemptsStarted = fields.int("ats") ?? 0
        stalls = fields.int("stc") ?? 0
        processedOn = fields.time("processedOn")
        finishedOn = fields.time("finishedOn")
        processedBy = fields.text("pb")
        returnValue = fields["returnvalue"].map { RawJSON(unchecked: $0) }
        failedReason = fields.text("failedReason").map(Self.unquoted)
        stackTrace = fields.json("stacktrace")?.array?.compactMap(\.string) ?? []
        progress = fields["progress"].map { RawJSON(unchecked: $0) }
        parentKey = fields.text("parentKey")
        schedulerID = fields.text("rjk")
        deduplicationID = fields.text("deid")
        groupPath = fields.text("sw:group").map(JobGroup.path(encoded:)) ?? []
        deferredFailure = fields.text("defa")
    }

    /// Some clients wrote the reason as a JSON string.
    private static func unquoted(_ reason: String) -> String {
        guard reason.hasPrefix("\""), reason.hasSuffix("\""), let text = (try? JSONValue(parsing: reason))?.string else { return reason }
        return text
    }
}
