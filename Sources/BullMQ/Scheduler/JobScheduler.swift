import JSON
public import Primitives

/// A job scheduler as it was stored when it was read.
public struct JobScheduler: Sendable {
    public let id: String
    /// Nil when its record makes no sense to this client.
    public let schedule: JobSchedule?
    /// Where in each interval its jobs are, for regular ones.
    public let offset: Duration
    /// When the pending job is due, or was.
    public let next: Timestamp
    /// How many jobs it has made; nil for a repeatable job of a client before BullMQ 6, which no worker of this library continues.
    public let iterations: Int?
    public let template: JobTemplate
}

extension JobScheduler {
    init(id: String, next: Timestamp, fields: JobFields) {
        self.id = id
        self.next = next
        if fields.isEmpty, let legacy = LegacyRepeatKey(id) {
            schedule = legacy.schedule
            offset = .zero
            iterations = nil
            template = JobTemplate(name: legacy.name)
            return
        }
        var record = JSONObject()
        for name in ["every", "limit", "startDate", "endDate"] as [StaticString] {
            record["\(name)"] = fields.int(name).map { .number($0) }
        }
        record["pattern"] = fields.text("pattern").map { .string($0) }
        record["tz"] = fields.text("tz").map { .string($0) }
        schedule = JobSchedule(record)
        offset = .milliseconds(fields.int("offset") ?? 0)
        iterations = fields.int("ic")
        template = JobTemplate(
            name: fields.text("name"), data: fields["data"].map { RawJSON(unchecked: $0) } ?? RawJSON(unchecked: Array("{}".utf8)),
            options: fields.json("opts")?.object.map { JobOptions($0) } ?? JobOptions())
    }
}
