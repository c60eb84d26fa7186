public import JSON

/// A job with the jobs it waits for: a tree, in any number of queues.
///
///     let flow = FlowJob("report", queue: "reports", children: [
///         FlowJob("page", queue: "pages", data: ["number": 1]),
///         FlowJob("page", queue: "pages", data: ["number": 2], options: .init(onFailure: .ignore)),
///     ])
public struct FlowJob: Sendable {
    public var name: String
    /// The name of its queue.
    public var queue: String
    /// First part of its queue's keys; nil: the producer's.
    public var prefix: String?
    public var data: RawJSON
    /// ``JobOptions/onFailure`` says what a child's failure means for this tree. ``JobOptions/parent`` of the root may name a job that
    /// exists; of the others it is set.
    public var options: JobOptions
    public var children: [FlowJob]

    public init(
        _ name: String, queue: String, prefix: String? = nil, data: RawJSON, options: JobOptions = JobOptions(), children: [FlowJob] = []
    ) {
        self.name = name
        self.queue = queue
        self.prefix = prefix
        self.data = data
        self.options = options
        self.children = children
    }

    public init(
        _ name: String, queue: String, prefix: String? = nil, data: JSONValue = [:], options: JobOptions = JobOptions(),
        children: [FlowJob] = []
    ) {
        self.init(name, queue: queue, prefix: prefix, data: RawJSON(data), options: options, children: children)
    }
}

/// A job of a tree that was added.
public struct AddedFlow: Sendable, Hashable {
    public let id: String
    /// The job's queue, `<prefix>:<queue>`.
    public let queue: String
    /// False when a job with that id existed, or owns its deduplication id: that one has its place in the tree.
    public let isNew: Bool
    /// In the order they were given.
    public let children: [AddedFlow]
}

/// A job as it is now, with the jobs it waits or waited for.
public struct Flow: Sendable {
    public let job: Job
    /// The job's queue, `<prefix>:<queue>`.
    public let queue: String
    /// Those that still exist.
    public let children: [Flow]
}
