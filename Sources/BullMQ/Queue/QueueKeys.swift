/// The names of a queue's keys.
struct QueueKeys: Sendable, Hashable {
    /// `<prefix>:<queue>`
    let base: String

    init(prefix: String, queue: String) {
        precondition(!queue.contains(":"), "a queue name may not contain a colon")
        base = "\(prefix):\(queue)"
    }

    func key(_ suffix: String) -> String { "\(base):\(suffix)" }
    func key(_ state: JobState) -> String { key(state.rawValue) }
    var marker: String { key("marker") }
}
