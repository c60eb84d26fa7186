import BullMQ
import JSON
import Primitives

/// A job as JSON, for commands that run it and for people who look at it.
struct JobDescription {
    let object: JSONObject

    init(_ job: Job) {
        var object: JSONObject = [
            "id": .string(job.id), "name": .string(job.name), "data": Self.value(job.data), "opts": .object(job.options.object),
            "attemptsMade": .number(job.attemptsMade), "attemptsStarted": .number(job.attemptsStarted),
            "timestamp": .number(job.timestamp.milliseconds), "delay": .number(job.delay.milliseconds), "priority": .number(job.priority),
        ]
        object["processedOn"] = job.processedOn.map { .number($0.milliseconds) }
        object["finishedOn"] = job.finishedOn.map { .number($0.milliseconds) }
        object["processedBy"] = job.processedBy.map { .string($0) }
        object["returnvalue"] = job.returnValue.map(Self.value)
        object["failedReason"] = job.failedReason.map { .string($0) }
        if !job.stackTrace.isEmpty { object["stacktrace"] = .array(job.stackTrace.map { .string($0) }) }
        object["progress"] = job.progress.map(Self.value)
        object["parentKey"] = job.parentKey.map { .string($0) }
        object["schedulerId"] = job.schedulerID.map { .string($0) }
        object["deduplicationId"] = job.deduplicationID.map { .string($0) }
        if job.stalls > 0 { object["stalls"] = .number(job.stalls) }
        self.object = object
    }

    /// What other clients wrote may be no JSON at all.
    private static func value(_ json: RawJSON) -> JSONValue {
        (try? JSONValue(parsing: json.bytes)) ?? .string(json.text)
    }

    var text: String { JSONValue.object(object).text() }
}
