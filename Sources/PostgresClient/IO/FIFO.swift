/// A queue that appends at the end and takes from the front in constant time.
struct FIFO<Element> {
    private var storage: [Element?] = []
    private var head = 0

    var count: Int { storage.count - head }
    var isEmpty: Bool { head == storage.count }
    var first: Element? { isEmpty ? nil : storage[head] }

    mutating func append(_ element: Element) { storage.append(element) }

    /// Puts `element` before all others.
    mutating func prepend(_ element: Element) {
        if head > 0 {
            head -= 1
            storage[head] = element
        } else {
            storage.insert(element, at: 0)
        }
    }

    mutating func popFirst() -> Element? {
        guard head < storage.count else { return nil }
        let element = storage[head]
        storage[head] = nil
        head += 1
        if head == storage.count {
            storage.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 64, head * 2 >= storage.count {
            storage.removeFirst(head)
            head = 0
        }
        return element
    }

    /// Takes out the first element that matches, wherever it stands.
    mutating func remove(where matches: (Element) -> Bool) -> Element? {
        guard let index = storage.indices.dropFirst(head).first(where: { storage[$0].map(matches) ?? false }) else { return nil }
        return storage.remove(at: index)
    }

    mutating func removeAll() -> [Element] {
        defer {
            storage.removeAll()
            head = 0
        }
        return storage[head...].compactMap { $0 }
    }

    /// Changes every element in place, in order.
    mutating func changeEach(_ change: (inout Element) -> Void) {
        for index in storage.indices.dropFirst(head) {
            guard var element = storage[index] else { continue }
            change(&element)
            storage[index] = element
        }
    }

    func forEach(_ body: (Element) -> Void) {
        for element in storage[head...] { element.map(body) }
    }

    func contains(where matches: (Element) -> Bool) -> Bool {
        storage[head...].contains { $0.map(matches) ?? false }
    }
}
