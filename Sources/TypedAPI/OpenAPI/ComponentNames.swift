import JSON

/// Gives the forms of a type that are read and written their names in one document.
struct ComponentNames {
    static let inputPrefix = "#input/"
    static let outputPrefix = "#output/"
    private static let prefix = "#/components/schemas/"

    private let input: JSONObject
    private let output: JSONObject
    /// Types whose two forms differ.
    private var different: Set<String> = []

    init(input: JSONObject, output: JSONObject) {
        self.input = input
        self.output = output
        let both = input.keys.filter { output.contains($0) }
        for name in both where Self.comparable(input[name]) != Self.comparable(output[name]) { different.insert(name) }
        // What refers to something different is different, too.
        var isSettled = false
        while !isSettled {
            isSettled = true
            for name in both where !different.contains(name) && !Self.references(in: input[name] ?? .null).isDisjoint(with: different) {
                different.insert(name)
                isSettled = false
            }
        }
    }

    /// Types whose form that is read would have the name of another type.
    var conflicts: [String] { different.filter { input.contains($0 + "Input") || output.contains($0 + "Input") }.sorted() }

    /// All definitions under their names.
    var components: JSONObject {
        var all: [(String, JSONValue)] = input.map { (different.contains($0.key) ? $0.key + "Input" : $0.key, resolved($0.value)) }
        all += output.filter { different.contains($0.key) || !input.contains($0.key) }.map { ($0.key, resolved($0.value)) }
        return all.sorted { $0.0 < $1.0 }.reduce(into: JSONObject()) { $0[$1.0] = $1.1 }
    }

    /// With every reference under its final name.
    func resolved(_ value: JSONValue) -> JSONValue {
        Self.renamed(value) { isInput, name in Self.prefix + (isInput && different.contains(name) ? name + "Input" : name) }
    }

    /// Apart from what unknown members do, which only matters where something is read.
    private static func comparable(_ definition: JSONValue?) -> JSONValue {
        var schema = definition?.object ?? [:]
        if schema["additionalProperties"] == false { schema["additionalProperties"] = nil }
        return renamed(.object(schema)) { _, name in name }
    }

    private static func renamed(_ value: JSONValue, _ rename: (_ isInput: Bool, String) -> String) -> JSONValue {
        switch value {
        case .string(let text):
            if text.hasPrefix(inputPrefix) { return .string(rename(true, String(text.dropFirst(inputPrefix.count)))) }
            if text.hasPrefix(outputPrefix) { return .string(rename(false, String(text.dropFirst(outputPrefix.count)))) }
            return value
        case .array(let elements): return .array(elements.map { renamed($0, rename) })
        case .object(let object):
            return .object(object.reduce(into: JSONObject()) { $0[$1.key] = renamed($1.value, rename) })
        case .null, .bool, .number: return value
        }
    }

    private static func references(in value: JSONValue) -> Set<String> {
        var names: Set<String> = []
        _ = renamed(value) { _, name in
            names.insert(name)
            return name
        }
        return names
    }
}
