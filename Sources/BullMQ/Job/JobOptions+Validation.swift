import JSON

extension JobOptions {
    static let maximumPriority = 2_097_151

    /// A job with one of these ids would be stored over a key of its queue.
    private static let reservedIDs: Set<String> = [
        "wait", "paused", "active", "prioritized", "pc", "delayed", "waiting-children", "completed", "failed", "marker", "events",
        "limiter",
        "stalled", "stalled-check", "repeat", "id", "meta", "priority",
    ]

    /// Refuses what would harm a queue that other clients share.
    func validate(dataSize: Int, name: String) throws(BullMQError) {
        if let id, !id.isEmpty {
            // Workers take list entries that begin with "0:" for markers of old versions, and drop them.
            guard id != "0", !id.contains(":") else {
                throw BullMQError(.invalidOptions, "a job id may not be 0 or contain a colon: \(id)")
            }
            guard !Self.reservedIDs.contains(id) else {
                throw BullMQError(.invalidOptions, "a job id may not be \(id), the name of a key of the queue itself")
            }
            if let number = Int(id), String(number) == id {
                throw BullMQError(.invalidOptions, "a job id may not be a whole number, which the queue's own counter uses: \(id)")
            }
        }
        guard (0...Self.maximumPriority).contains(priority) else {
            throw BullMQError(.invalidOptions, "priority must be 0 to \(Self.maximumPriority)")
        }
        guard delay >= .zero else { throw BullMQError(.invalidOptions, "delay must not be negative") }
        guard attempts >= 0 else { throw BullMQError(.invalidOptions, "attempts must not be negative") }
        if let jitter = backoff?.jitter, !(0...1).contains(jitter) {
            throw BullMQError(.invalidOptions, "jitter must be 0 to 1")
        }
        if let deduplication {
            guard !deduplication.id.isEmpty else { throw BullMQError(.invalidOptions, "a deduplication id must not be empty") }
            guard parent == nil else { throw BullMQError(.invalidOptions, "deduplication and a parent exclude each other") }
        }
        if let group { try group.validate() }
        guard !other.contains("debounce") else {
            throw BullMQError(.invalidOptions, "debounce no longer exists: use deduplication with ttl, extend and replace")
        }
        // Reading options keeps the second of two policies here.
        guard !ChildFailurePolicy.allCases.contains(where: { other.contains($0.rawValue) }) else {
            throw BullMQError(.invalidOptions, "a job has one policy for its failure: fail, continue, ignore or remove")
        }
        if let sizeLimit, dataSize > sizeLimit {
            throw BullMQError(.tooLarge, "The size of job \(name) exceeds the limit \(sizeLimit) bytes")
        }
    }
}
