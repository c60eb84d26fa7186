/// Origins whose pages may read our answers.
public struct CORSOrigins: Sendable, Hashable {
    /// `scheme://host[:port]`, as browsers send it.
    public let origins: Set<String>
    /// Whether `*` was among them: any page may call `/v1`, which knows callers by their keys. Never where cookies count.
    public let allowsAny: Bool

    init(_ entries: [String]) {
        origins = Set(entries).subtracting(["*"])
        allowsAny = entries.contains("*")
    }

    public var isEmpty: Bool { origins.isEmpty && !allowsAny }
}
