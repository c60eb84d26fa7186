import JSON
import Primitives
public import RedisClient

/// Adds trees of jobs, in which a job runs when its children are done.
///
/// A tree goes in with one call to the server, wholly or not at all. In a cluster all its queues must share a slot, by the same `{tag}`.
public struct FlowProducer: Sendable {
    public let prefix: String
    public let redis: Redis

    /// - Parameter prefix: first part of the keys of queues that name none.
    public init(prefix: String = "bull", redis: Redis) {
        self.prefix = prefix
        self.redis = redis
    }

    /// Adds a tree. A job without an id gets one, a UUID.
    ///
    /// - Parameter defaults: options for the jobs of a queue, by its name; what a job says itself comes first.
    /// - Throws: ``BullMQError`` when options are refused, when the root's parent does not exist, or when an id belongs to the child of
    ///   another parent; nothing is added then. `RedisError` with `isRetrySafe` false: the tree may have been added.
    @discardableResult
    public func add(_ flow: FlowJob, defaults: [String: JobOptions] = [:]) async throws -> AddedFlow {
        guard let added = try await addBulk([flow], defaults: defaults).first else {
            throw BullMQError(.unexpectedReply, "adding a flow gave nothing")
        }
        return added
    }

    /// Adds several trees, all or none of them.
    @discardableResult
    public func addBulk(_ flows: [FlowJob], defaults: [String: JobOptions] = [:]) async throws -> [AddedFlow] {
        guard let first = flows.first else { return [] }
        var nodes: [FlowNode] = []
        for flow in flows { try FlowNode.append(flow, below: nil, defaults: defaults, prefix: prefix, to: &nodes) }
        let now = Timestamp.now.milliseconds
        var arguments: [RedisArgument] = [RedisArgument(nodes.count), "tree", RedisArgument(now)]
        arguments.reserveCapacity(3 + nodes.count * 17)
        for node in nodes { node.append(to: &arguments, now: now) }
        // All of them, so that a cluster refuses what it cannot do as a whole before it does any of it.
        var keys = [FlowNode.queue(of: first, prefix)]
        for node in nodes where !keys.contains(node.queue) { keys.append(node.queue) }
        keys += flows.compactMap { $0.options.parent?.key }
        let reply = try await redis.run(Scripts.addJobs, keys: keys, arguments: arguments)
        let added = try AddedJob.read(reply, count: nodes.count) { nodes[$0].job.options.parent }
        var position = 0
        return flows.map { AddedFlow($0, nodes, added, &position) }
    }

    /// A job and what it waits or waited for, as far down as `depth` levels, with at most `maxChildren` children each.
    /// - Parameter queue: the name of the job's queue.
    /// - Returns: nil when there is no such job.
    public func flow(_ id: String, queue: String, prefix: String? = nil, depth: Int = 10, maxChildren: Int = 20) async throws -> Flow? {
        let queue = Queue(queue, prefix: prefix ?? self.prefix, redis: redis)
        guard let job = try await queue.job(id) else { return nil }
        guard depth > 1 else { return Flow(job: job, queue: queue.keys.base, children: []) }
        let children = try await queue.children(of: id)
        let keys = children.processed.keys.sorted() + children.pending.sorted() + children.ignored.keys.sorted() + children.failed.sorted()
        var flows: [Flow] = []
        for key in keys.prefix(maxChildren) {
            guard let place = JobPlace(key: key),
                let flow = try await flow(place.id, queue: place.queue, prefix: place.prefix, depth: depth - 1, maxChildren: maxChildren)
            else { continue }
            flows.append(flow)
        }
        return Flow(job: job, queue: queue.keys.base, children: flows)
    }
}

extension AddedFlow {
    /// Puts the flat list of a script's reply back into the shape of the tree.
    fileprivate init(_ flow: FlowJob, _ nodes: [FlowNode], _ added: [AddedJob], _ position: inout Int) {
        let own = position
        position += 1
        let children = flow.children.map { AddedFlow($0, nodes, added, &position) }
        self.init(id: added[own].id, queue: nodes[own].queue, isNew: added[own].isNew, children: children)
    }
}

/// What a job's key says: `<prefix>:<queue>:<id>`. The id follows the last colon.
struct JobPlace {
    let prefix: String
    let queue: String
    let id: String

    init?(key: String) {
        let parts = key.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 3 else { return nil }
        prefix = parts.dropLast(2).joined(separator: ":")
        queue = String(parts[parts.count - 2])
        id = String(parts[parts.count - 1])
    }
}
