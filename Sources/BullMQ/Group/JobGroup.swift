import JSON

/// The group of a job: it waits for the turns of its group, not for the jobs of others.
///
/// A path of one to three names, such as organization, queue and key. Turns go round between the groups of the first level in proportion to
/// their weights, then between those below.
public struct JobGroup: Sendable, Hashable {
    /// One to three names, each of 1 to 200 bytes.
    public var path: [String]
    /// The jobs of this path run one after the other, and one that is to be tried again holds up those behind it until it has ended.
    public var isOrdered: Bool

    public init(_ path: [String], isOrdered: Bool = false) {
        self.path = path
        self.isOrdered = isOrdered
    }
}

extension JobGroup {
    static let longestName = 200

    init?(_ value: JSONValue) {
        let names = value.array ?? value["path"]?.array
        guard let names, value["ordered"].map({ $0.bool != nil }) ?? true else { return nil }
        let path = names.compactMap(\.string)
        guard path.count == names.count else { return nil }
        self.init(path, isOrdered: value["ordered"]?.bool ?? false)
    }

    var json: JSONValue {
        let names = JSONValue.array(path.map { .string($0) })
        return isOrdered ? ["path": names, "ordered": true] : names
    }

    func validate() throws(BullMQError) {
        guard (1...3).contains(path.count) else {
            throw BullMQError(.invalidOptions, "a group has a path of one to three names, not \(path.count)")
        }
        guard path.allSatisfy({ (1...Self.longestName).contains($0.utf8.count) }) else {
            throw BullMQError(.invalidOptions, "each name in a group's path has 1 to \(Self.longestName) bytes")
        }
    }

    /// As keys and fields have it: the names joined by `/`, with `%`, `/` and `|` in a name as `%25`, `%2F` and `%7C`.
    var encoded: String { Self.encode(path) }

    static func encode(_ path: [String]) -> String {
        path.map { name in
            name.reduce(into: "") { text, character in
                switch character {
                case "%": text += "%25"
                case "/": text += "%2F"
                case "|": text += "%7C"
                default: text.append(character)
                }
            }
        }.joined(separator: "/")
    }

    static func path(encoded text: String) -> [String] {
        text.isEmpty
            ? []
            : text.split(separator: "/", omittingEmptySubsequences: false).map {
                String($0).replacing("%7C", with: "|").replacing("%2F", with: "/").replacing("%25", with: "%")
            }
    }
}
