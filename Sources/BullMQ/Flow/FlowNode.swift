import JSON
import Primitives
import RedisClient

/// One job of a tree, on its way to the server: a parent comes before its children.
struct FlowNode {
    let job: NewJob
    let id: String
    /// `<prefix>:<queue>`
    let queue: String
    private let isRoot: Bool
    private let hasChildren: Bool

    static func queue(of flow: FlowJob, _ prefix: String) -> String { "\(flow.prefix ?? prefix):\(flow.queue)" }

    /// Checks a tree and lays it out flat, depth first.
    static func append(
        _ flow: FlowJob, below parent: JobParent?, defaults: [String: JobOptions], prefix: String, to nodes: inout [FlowNode]
    ) throws(BullMQError) {
        guard !flow.queue.contains(":") else { throw BullMQError(.invalidOptions, "a queue name may not contain a colon: \(flow.queue)") }
        var options = flow.options
        if let usual = defaults[flow.queue] { options.fill(from: usual) }
        if options.id?.isEmpty ?? true { options.id = nil }
        if let parent { options.parent = parent }
        guard flow.children.isEmpty || options.deduplication == nil else {
            throw BullMQError(.invalidOptions, "a job with children cannot be deduplicated")
        }
        // The children of a tree may be deduplicated: who stays instead is not part of the tree.
        var checked = options
        if parent != nil { checked.parent = nil }
        try checked.validate(dataSize: flow.data.bytes.count, name: flow.name)
        let id = options.id ?? UUIDv7().description
        options.id = id
        let queue = queue(of: flow, prefix)
        nodes.append(
            FlowNode(
                job: NewJob(flow.name, data: flow.data, options: options), id: id, queue: queue, isRoot: parent == nil,
                hasChildren: !flow.children.isEmpty))
        let own = JobParent(id: id, queue: queue)
        for child in flow.children { try append(child, below: own, defaults: defaults, prefix: prefix, to: &nodes) }
    }

    func append(to arguments: inout [RedisArgument], now: Int64) {
        var further: [(RedisArgument, RedisArgument)] = [("q", RedisArgument(queue))]
        if !isRoot { further.append(("pt", "1")) }
        if hasChildren { further.append(("wc", "1")) }
        job.append(to: &arguments, now: now, id: id, further: further)
    }
}

extension JobOptions {
    /// Takes from `usual` what these options leave at its default.
    fileprivate mutating func fill(from usual: JobOptions) {
        let plain = JobOptions()
        func fill<Value: Equatable>(_ path: WritableKeyPath<JobOptions, Value>) {
            if self[keyPath: path] == plain[keyPath: path] { self[keyPath: path] = usual[keyPath: path] }
        }
        fill(\.delay)
        fill(\.attempts)
        fill(\.backoff)
        fill(\.priority)
        fill(\.lifo)
        fill(\.removeOnComplete)
        fill(\.removeOnFail)
        fill(\.stackTraceLimit)
        fill(\.keepLogs)
        fill(\.sizeLimit)
        fill(\.onFailure)
        fill(\.group)
        fill(\.telemetry)
        for (key, value) in usual.other where !other.contains(key) { other[key] = value }
    }
}
