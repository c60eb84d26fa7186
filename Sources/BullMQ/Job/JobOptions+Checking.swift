public import JSON

extension JobOptions {
    /// Reads options that somebody has written by hand: as ``init(_:)`` does, but refuses what it would leave out. Null means absent.
    public init(checking object: JSONObject) throws(BullMQError) {
        for (key, value) in object {
            guard value != .null, let expected = Self.expectation(of: key, missedBy: value) else { continue }
            throw BullMQError(.invalidOptions, "the option \(key) must be \(expected)")
        }
        self.init(object)
    }

    /// What the option should have been; nil when all is well, and for options that mean nothing here.
    private static func expectation(of key: String, missedBy value: JSONValue) -> String? {
        switch key {
        case "attempts", "delay", "priority", "keepLogs", "kl", "sizeLimit", "stackTraceLimit", "timestamp":
            value.int == nil ? "a whole number" : nil
        case "lifo", "omc": value.bool == nil ? "true or false" : nil
        case "jobId": value.string == nil && value.int == nil ? "a string" : nil
        case "tm": value.string == nil ? "a string" : nil
        case "telemetry": value.object == nil ? "an object" : nil
        case "group": JobGroup(value) == nil ? #"a list of strings, or {"path","ordered"}"# : nil
        case "parent": JobParent(value) == nil ? #"{"id","queue"}, both strings"# : nil
        case "backoff":
            JobBackoff(value) == nil || !value.has(["delay"], \.int) || !value.has(["jitter"], \.double)
                ? #"a number of milliseconds, or {"type","delay","jitter"}"# : nil
        case "removeOnComplete", "removeOnFail":
            JobRetention(value) == nil || value.isFraction || !value.has(["count", "limit"], \.int) || !value.has(["age"], \.double)
                ? #"true, false, a whole number, or {"count","age","limit"}"# : nil
        case "de", "deduplication":
            value["id"] == nil || !value.has(["ttl"], \.int) || !value.has(["extend", "replace", "keepLastIfActive"], \.bool)
                ? #"{"id","ttl","extend","replace","keepLastIfActive"}, id at least"# : nil
        default:
            ChildFailurePolicy.allCases.contains { $0.rawValue == key || $0.longName == key } && value.bool == nil ? "true or false" : nil
        }
    }
}

extension JSONValue {
    /// Whether each of these members that is there can be read as asked for.
    fileprivate func has<T>(_ names: [String], _ read: (JSONValue) -> T?) -> Bool {
        names.allSatisfy { name in self[name].map { $0 == .null || read($0) != nil } ?? true }
    }

    fileprivate var isFraction: Bool { number != nil && int == nil }
}
