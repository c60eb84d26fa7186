public import JSON

/// What every job of a scheduler looks like.
public struct JobTemplate: Sendable {
    /// Nil: the scheduler's id.
    public var name: String?
    public var data: RawJSON
    /// Without id, delay and deduplication, which belong to the scheduler.
    public var options: JobOptions

    public init(name: String? = nil, data: RawJSON = RawJSON(unchecked: Array("{}".utf8)), options: JobOptions = JobOptions()) {
        self.name = name
        self.data = data
        self.options = options
    }

    public init(name: String? = nil, data: JSONValue, options: JobOptions = JobOptions()) {
        self.init(name: name, data: RawJSON(data), options: options)
    }

    func validate(scheduler id: String) throws(BullMQError) {
        guard options.id == nil, options.delay == .zero, options.timestamp == nil else {
            throw BullMQError(.invalidOptions, "a scheduler decides its jobs' id, delay and timestamp")
        }
        guard options.object["de"] == nil, options.object["repeat"] == nil else {
            throw BullMQError(.invalidOptions, "a scheduler's template has no deduplication and no repetition of its own")
        }
        try options.validate(dataSize: data.bytes.count, name: name ?? id)
    }
}
