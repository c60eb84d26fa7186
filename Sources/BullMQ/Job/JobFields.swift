import JSON
import Primitives
import RedisClient

/// A job's hash, as a flat list of names and values. Jobs have about ten fields, so a list beats a dictionary.
struct JobFields {
    private var pairs: [(name: [UInt8], value: [UInt8])] = []

    init(_ reply: RedisValue) {
        let items = reply.array ?? []
        pairs.reserveCapacity(items.count / 2 + 3)
        for index in stride(from: 0, to: items.count - 1, by: 2) {
            if let name = items[index].bytes, let value = items[index + 1].bytes { pairs.append((name, value)) }
        }
    }

    var isEmpty: Bool { pairs.isEmpty }

    subscript(name: StaticString) -> [UInt8]? {
        get {
            pairs.first { pair in
                pair.name.count == name.utf8CodeUnitCount && name.withUTF8Buffer { pair.name.elementsEqual($0) }
            }?.value
        }
        set {
            guard let newValue else { return }
            let bytes = name.withUTF8Buffer { Array($0) }
            pairs.removeAll { $0.name == bytes }
            pairs.append((bytes, newValue))
        }
    }

    func text(_ name: StaticString) -> String? {
        self[name].map { String(decoding: $0, as: UTF8.self) }
    }

    func int(_ name: StaticString) -> Int? {
        guard let text = text(name) else { return nil }
        // Other clients may have written a fraction.
        return Int(text) ?? Double(text).flatMap { Int(exactly: $0.rounded(.towardZero)) }
    }

    func time(_ name: StaticString) -> Timestamp? {
        int(name).map { Timestamp(milliseconds: Int64($0)) }
    }

    func json(_ name: StaticString) -> JSONValue? {
        self[name].flatMap { try? JSONValue(parsing: $0) }
    }
}
