/// The statements one connection has prepared, by text and parameter types; the least recently used one goes first.
struct StatementCache {
    private struct Key: Hashable {
        let text: String
        let types: [UInt32]
    }

    private struct Entry {
        let name: String
        var lastUse: UInt64
    }

    enum Lookup: Equatable {
        case known(name: String)
        /// To be prepared under `name`; `evicted` had to make room and is to be deallocated.
        case fresh(name: String, evicted: String?)
    }

    let capacity: Int
    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0
    private var made: UInt64 = 0

    init(capacity: Int) { self.capacity = capacity }

    /// Names are never used twice, so that a stale one can only be unknown to the server, not mean something else.
    mutating func lookUp(_ text: String, types: [UInt32]) -> Lookup {
        uses += 1
        let key = Key(text: text, types: types)
        if let index = entries.index(forKey: key) {
            entries.values[index].lastUse = uses
            return .known(name: entries.values[index].name)
        }
        var evicted: String?
        if entries.count >= capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            entries.removeValue(forKey: oldest.key)
            evicted = oldest.value.name
        }
        made += 1
        let name = "m\(made)"
        entries[key] = Entry(name: name, lastUse: uses)
        return .fresh(name: name, evicted: evicted)
    }

    mutating func forget(name: String) {
        guard let key = entries.first(where: { $0.value.name == name })?.key else { return }
        entries.removeValue(forKey: key)
    }

    mutating func removeAll(except names: Set<String> = []) { entries = entries.filter { names.contains($0.value.name) } }
}
