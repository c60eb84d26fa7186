/// How a table is split.
public struct Partitioning: Hashable, Codable, Sendable {
    public enum Strategy: String, Codable, Sendable {
        case range
        case list
        case hash
    }

    public var strategy: Strategy
    /// SQL: quoted columns, or expressions in parentheses.
    public var keys: [String]

    public init(strategy: Strategy, keys: [String]) {
        self.strategy = strategy
        self.keys = keys
    }
}

public struct PartitionSchema: Hashable, Codable, Sendable {
    public var name: TableName
    /// SQL behind `partition of`: `for values in (7)`, `for values from (…) to (…)`, `default`.
    public var bounds: String
    public var partitioning: Partitioning?
    public var partitions: [PartitionSchema] = []

    public init(name: TableName, bounds: String, partitioning: Partitioning? = nil, partitions: [PartitionSchema] = []) {
        self.name = name
        self.bounds = bounds
        self.partitioning = partitioning
        self.partitions = partitions
    }
}
