import RedisClient

/// What became of an add.
public struct AddedJob: Sendable, Hashable {
    public let id: String
    /// False when another job stays instead, `id`: one with that id, or one that owns the deduplication id.
    public let isNew: Bool

    public init(id: String, isNew: Bool) {
        self.id = id
        self.isNew = isNew
    }
}

extension AddedJob {
    /// Reads the reply of ``Scripts/addJobs``. `parent` answers the parent of the job at a place.
    static func read(_ reply: RedisValue, count: Int, parent: (Int) -> JobParent?) throws(BullMQError) -> [AddedJob] {
        let items = reply.array ?? []
        guard items.count == count * 2 else {
            throw BullMQError(.unexpectedReply, "adding \(count) jobs gave \(items.count) values")
        }
        var jobs: [AddedJob] = []
        jobs.reserveCapacity(count)
        for index in 0..<count {
            let status = items[index * 2 + 1].int ?? 0
            if status < 0 { throw BullMQError(code: status, job: parent(index)?.key ?? "", command: "addJob") }
            jobs.append(AddedJob(id: items[index * 2].string ?? "", isNew: status == 1))
        }
        return jobs
    }
}
