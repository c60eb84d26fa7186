/// Rotation with overlap and allow lists of addresses, which better-auth does not have.
public struct APIKeyAdditionsConfiguration: Sendable {
    /// Whether they exist. They need the tables of ``AuthSchema/additions``.
    public var isEnabled = false
    /// How long a replaced key goes on counting when nobody says.
    public var defaultOverlap: Duration = .seconds(86_400)
    public var maximumOverlap: Duration = .seconds(30 * 86_400)
    /// Replaced keys that count at the same time, for one key.
    public var maximumFormerKeys = 5

    public init() {}
}
