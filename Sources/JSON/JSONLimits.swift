/// What a text may contain before it is refused; every limit guards memory, stack or time.
public struct JSONLimits: Sendable {
    /// Arrays and objects inside one another. The reader is recursive, so this also bounds its stack.
    public var depth: Int
    /// Bytes of the whole text.
    public var size: Int
    /// Values in the whole text, members and elements together.
    public var values: Int
    /// Bytes of one string between its quotes, as written.
    public var stringBytes: Int
    /// Members of one object.
    public var members: Int

    public init(
        depth: Int = 128, size: Int = 16 << 20, values: Int = 1_000_000, stringBytes: Int = 16 << 20, members: Int = 1_000_000
    ) {
        self.depth = depth
        self.size = size
        self.values = values
        self.stringBytes = stringBytes
        self.members = members
    }

    public static let `default` = JSONLimits()
}
