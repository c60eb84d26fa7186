import JSON
import Primitives

/// Whose turns a message waits for: its organization's first, then its queue's.
struct MessageGroup: Sendable, Hashable {
    let organizationID: String
    let queueID: QueueID
    /// The key within the queue, of an ordering or a flow; nil: none.
    var key: String?
    /// Messages with the same key are delivered one after the other, in the order they were accepted.
    var isOrdered = false

    /// The path of the job's group in the `deliver` queue.
    var path: [String] {
        [organizationID, queueID.description] + (key.map { [$0] } ?? [])
    }

    /// The `group` option of the job.
    var option: JSONValue {
        let names = JSONValue.array(path.map { .string($0) })
        return isOrdered ? ["path": names, "ordered": true] : names
    }
}
