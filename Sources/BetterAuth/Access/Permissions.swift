public import JSON

/// Actions by resource, such as `{"project":["read","write"]}`, in the order they were written.
public struct Permissions: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    public struct Entry: Hashable, Sendable {
        public var resource: String
        public var actions: [String]
    }

    public private(set) var entries: [Entry]

    public init(dictionaryLiteral elements: (String, [String])...) {
        self.entries = elements.map { Entry(resource: $0.0, actions: $0.1) }
    }

    /// Reads `{"resource":["action"]}`; nil for any other shape.
    public init?(_ json: JSONValue) {
        guard let object = json.object else { return nil }
        var entries: [Entry] = []
        for (resource, value) in object {
            guard let list = value.array else { return nil }
            let actions = list.compactMap(\.string)
            guard actions.count == list.count else { return nil }
            entries.append(Entry(resource: resource, actions: actions))
        }
        self.entries = entries
    }

    /// Actions by resource, in the order of the names: a dictionary has none.
    public init(_ actions: [String: [String]]) {
        entries = actions.sorted { $0.key < $1.key }.map { Entry(resource: $0.key, actions: $0.value) }
    }

    /// The actions allowed on a resource; nil when it is not mentioned.
    public subscript(resource: String) -> [String]? { entries.first { $0.resource == resource }?.actions }

    public var isEmpty: Bool { entries.isEmpty }

    /// Whether everything asked for is allowed here. Asking for nothing, or for no action on a resource, is refused:
    /// better-auth treats an empty question as a mistake rather than as always true.
    public func grants(_ request: Permissions) -> Bool {
        guard !request.isEmpty else { return false }
        return request.entries.allSatisfy { asked in
            guard !asked.actions.isEmpty, let allowed = self[asked.resource] else { return false }
            return asked.actions.allSatisfy(allowed.contains)
        }
    }

    /// These permissions and the other ones together.
    public func union(_ other: Permissions) -> Permissions {
        var result = self
        for entry in other.entries {
            if let place = result.entries.firstIndex(where: { $0.resource == entry.resource }) {
                for action in entry.actions where !result.entries[place].actions.contains(action) {
                    result.entries[place].actions.append(action)
                }
            } else {
                result.entries.append(entry)
            }
        }
        return result
    }

    public var json: JSONValue {
        var object = JSONObject()
        for entry in entries { object[entry.resource] = .array(entry.actions.map(JSONValue.string)) }
        return .object(object)
    }
}
