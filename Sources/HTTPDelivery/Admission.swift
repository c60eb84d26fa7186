/// Who may start now: at most `total` at once and `perKey` at once for one key, first come first served within a key and in turn
/// between keys, so that a slow destination with a long queue holds up nobody else.
///
/// libcurl has limits of its own, but wakes one waiting request at a time without looking whether its host has room.
struct Admission<Key: Hashable> {
    private let total: Int
    private let perKey: Int
    private var running = 0
    private var lanes: [Key: Lane] = [:]
    /// The keys that have both somebody waiting and room, each once.
    private var turns = FIFO<Key>()

    private struct Lane {
        var running = 0
        var waiting = FIFO<UInt64>()
        var isListed = false
    }

    init(total: Int, perKey: Int) {
        self.total = total
        self.perKey = perKey
    }

    mutating func enqueue(_ id: UInt64, key: Key) {
        lanes[key, default: Lane()].waiting.append(id)
        list(key)
    }

    /// The next to start, which then counts as running until ``release(_:)``; `nil` when nobody may.
    mutating func next() -> (id: UInt64, key: Key)? {
        guard running < total, let key = turns.popFirst(), var lane = lanes[key] else { return nil }
        lane.isListed = false
        guard let id = lane.waiting.popFirst() else { return nil }
        lane.running += 1
        running += 1
        lanes[key] = lane
        list(key)
        return (id, key)
    }

    mutating func release(_ key: Key) {
        guard let lane = lanes[key] else { return }
        running -= 1
        if lane.running == 1, lane.waiting.isEmpty {
            lanes[key] = nil  // destinations come and go: nothing is kept of one without requests
        } else {
            lanes[key]?.running -= 1
            list(key)
        }
    }

    private mutating func list(_ key: Key) {
        guard let lane = lanes[key], !lane.isListed, !lane.waiting.isEmpty, lane.running < perKey else { return }
        lanes[key]?.isListed = true
        turns.append(key)
    }
}

/// A queue whose front is taken in constant time.
struct FIFO<Element> {
    private var elements: [Element] = []
    private var head = 0

    var isEmpty: Bool { head == elements.count }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func popFirst() -> Element? {
        guard head < elements.count else { return nil }
        let element = elements[head]
        head += 1
        // Moving the rest only when half is gone costs each element one move at most.
        if head * 2 >= elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }
}
