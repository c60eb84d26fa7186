/// The members of a JSON object, in the order they were written. Equality ignores that order.
public struct JSONObject: Sendable {
    private var names: [String] = []
    private var values: [JSONValue] = []
    /// Built once an object is too large for a linear search to be the quicker way.
    private var places: [String: Int]?

    private static let indexingThreshold = 16

    public init() {}

    public var count: Int { names.count }
    public var isEmpty: Bool { names.isEmpty }
    public var keys: [String] { names }

    /// Setting an existing name keeps its place; setting nil removes the member.
    public subscript(key: String) -> JSONValue? {
        get { place(of: key).map { values[$0] } }
        set {
            switch (place(of: key), newValue) {
            case (let place?, let value?): values[place] = value
            case (nil, let value?): append(key, value)
            case (let place?, nil):
                names.remove(at: place)
                values.remove(at: place)
                if places != nil { reindex() }
            case (nil, nil): break
            }
        }
    }

    public func contains(_ key: String) -> Bool { place(of: key) != nil }

    /// Adds a member whose name is known to be new.
    mutating func append(_ key: String, _ value: JSONValue) {
        names.append(key)
        values.append(value)
        if places != nil {
            places?[key] = names.count - 1
        } else if names.count > Self.indexingThreshold {
            reindex()
        }
    }

    private mutating func reindex() {
        places = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
    }

    private func place(of key: String) -> Int? {
        if let places { return places[key] }
        return names.firstIndex(of: key)
    }
}

extension JSONObject: Sequence {
    public func makeIterator() -> some IteratorProtocol<(key: String, value: JSONValue)> {
        zip(names, values).lazy.map { (key: $0, value: $1) }.makeIterator()
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init()
        for (key, value) in elements { self[key] = value }
    }
}

extension JSONObject: Hashable {
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.allSatisfy { right[$0.key] == $0.value }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        var combined = 0  // a sum does not depend on the order
        for (key, value) in self {
            var member = Hasher()
            member.combine(key)
            member.combine(value)
            combined &+= member.finalize()
        }
        hasher.combine(combined)
    }
}
