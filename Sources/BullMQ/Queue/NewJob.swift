public import JSON
import Primitives
import RedisClient

/// A job to be added.
public struct NewJob: Sendable {
    public var name: String
    public var data: RawJSON
    public var options: JobOptions

    public init(_ name: String, data: RawJSON, options: JobOptions = JobOptions()) {
        self.name = name
        self.data = data
        self.options = options
    }

    public init(_ name: String, data: JSONValue, options: JobOptions = JobOptions()) {
        self.init(name, data: RawJSON(data), options: options)
    }
}

extension NewJob {
    /// The arguments of ``Scripts/addReadyJob``, if that will do.
    func readyArguments(now: Int64) -> [RedisArgument]? {
        guard options.delay == .zero, options.priority == 0, options.parent == nil, options.deduplication == nil,
            options.group == nil
        else { return nil }
        return [
            RedisArgument(options.id ?? ""), RedisArgument(name), RedisArgument(data.bytes), RedisArgument(options.bytes()),
            RedisArgument(options.timestamp?.milliseconds ?? now), options.lifo ? "RPUSH" : "LPUSH",
        ]
    }

    /// The arguments of ``Scripts/addJobs`` for this job, with `further` pairs beside those that its options ask for.
    func append(to arguments: inout [RedisArgument], now: Int64, id: String? = nil, further: [(RedisArgument, RedisArgument)] = []) {
        var pairs = further
        if let parent = options.parent {
            pairs.append(("pk", RedisArgument(parent.key)))
            pairs.append(("pd", RedisArgument(JSONValue.object(parent.link(options.onFailure)).bytes())))
        }
        if let deduplication = options.deduplication {
            let rules = (deduplication.extend ? "e" : "") + (deduplication.replace ? "r" : "") + (deduplication.keepLastIfActive ? "k" : "")
            pairs.append(("de", RedisArgument(deduplication.id)))
            pairs.append(("dt", RedisArgument(deduplication.ttl?.milliseconds ?? 0)))
            pairs.append(("df", RedisArgument(rules)))
        }
        if let group = options.group {
            pairs.append(("g", RedisArgument(group.encoded)))
            if group.isOrdered { pairs.append(("go", "1")) }
        }
        arguments.append(RedisArgument(id ?? options.id ?? ""))
        arguments.append(RedisArgument(name))
        arguments.append(RedisArgument(data.bytes))
        arguments.append(RedisArgument(options.bytes()))
        arguments.append(RedisArgument(options.timestamp?.milliseconds ?? now))
        arguments.append(RedisArgument(options.delay.milliseconds))
        arguments.append(RedisArgument(options.priority))
        arguments.append(options.lifo ? "1" : "")
        arguments.append(RedisArgument(pairs.count * 2))
        for (name, value) in pairs {
            arguments.append(name)
            arguments.append(value)
        }
    }
}
