import NIOCore

/// How much a client queues for its connection, commands that wait for their reply included. Callers beyond that wait their turn with
/// their command unencoded, until their deadline. A command, or a pipeline, that is larger than all of it goes out alone.
public struct RedisQueueLimits: Sendable, Hashable {
    /// How many commands, those of pipelines counted singly.
    public var commands: Int
    /// Bytes of the commands' texts and arguments.
    public var bytes: Int

    public init(commands: Int = 16_384, bytes: Int = 32 * 1024 * 1024) {
        self.commands = commands
        self.bytes = bytes
    }
}

/// What something queued takes.
struct BacklogCost: Sendable, Equatable {
    var commands = 0
    var bytes = 0

    static func += (left: inout BacklogCost, right: BacklogCost) {
        left.commands += right.commands
        left.bytes += right.bytes
    }

    static func -= (left: inout BacklogCost, right: BacklogCost) {
        left.commands -= right.commands
        left.bytes -= right.bytes
    }
}

protocol BacklogElement {
    var cost: BacklogCost { get }
    /// Its caller no longer waits.
    var isFinished: Bool { get }
}

/// Requests that wait to be written, within limits, and callers that wait for room, in order of arrival.
struct Backlog<Element: BacklogElement> {
    private let limits: RedisQueueLimits
    /// Of what is queued, and of what was taken out and not released yet.
    private(set) var used = BacklogCost()
    private var queue = CircularBuffer<Element>()
    private var outside = CircularBuffer<Element>()
    /// Elements that may have finished while they waited.
    private var cancelledCount = 0

    init(limits: RedisQueueLimits) {
        self.limits = limits
    }

    /// Nothing can be written now.
    var isEmpty: Bool { queue.isEmpty }
    var count: Int { queue.count + outside.count }

    mutating func append(_ element: Element) {
        if outside.isEmpty, fits(element.cost) {
            used += element.cost
            queue.append(element)
        } else {
            outside.append(element)
        }
    }

    private func fits(_ cost: BacklogCost) -> Bool {
        used == BacklogCost() || (used.commands + cost.commands <= limits.commands && used.bytes + cost.bytes <= limits.bytes)
    }

    /// The next to be written. It counts until it is released.
    mutating func popFirst() -> Element? { queue.popFirst() }

    /// What was taken out is answered, or will never be.
    mutating func release(_ cost: BacklogCost) {
        used -= cost
        admit()
    }

    private mutating func admit() {
        while let next = outside.first, next.isFinished || fits(next.cost) {
            outside.removeFirst()
            if next.isFinished { continue }
            used += next.cost
            queue.append(next)
        }
    }

    /// Somebody gave up. Once that is half of all, they are cleared away: waiting for their turn they would hold memory.
    mutating func noteDeath() {
        cancelledCount += 1
        if cancelledCount > 32, cancelledCount * 2 > count { _ = remove { _ in false } }
    }

    /// Takes out what is finished, and what `isUnwanted`; returns the latter, each with whether it was still outside.
    mutating func remove(where isUnwanted: (Element) -> Bool) -> [(element: Element, wasOutside: Bool)] {
        var removed: [(element: Element, wasOutside: Bool)] = []
        for element in Self.drain(&queue, isUnwanted, { removed.append(($0, false)) }) { used -= element.cost }
        _ = Self.drain(&outside, isUnwanted, { removed.append(($0, true)) })
        cancelledCount = 0
        admit()
        return removed
    }

    /// Keeps what is wanted; returns everything else, the merely finished too.
    private static func drain(
        _ elements: inout CircularBuffer<Element>, _ isUnwanted: (Element) -> Bool, _ unwanted: (Element) -> Void
    ) -> [Element] {
        var kept = CircularBuffer<Element>()
        var gone: [Element] = []
        for element in elements {
            if element.isFinished {
                gone.append(element)
            } else if isUnwanted(element) {
                gone.append(element)
                unwanted(element)
            } else {
                kept.append(element)
            }
        }
        elements = kept
        return gone
    }
}
