import Synchronization

/// How many connections a server has open.
public final class ConnectionCount: Sendable {
    private let count = Atomic(0)

    public init() {}

    public var current: Int { count.load(ordering: .relaxed) }

    func opened() { count.add(1, ordering: .relaxed) }
    func closed() { count.subtract(1, ordering: .relaxed) }
}
