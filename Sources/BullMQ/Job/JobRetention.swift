/// How many finished jobs stay.
public enum JobRetention: Sendable, Hashable {
    /// For ever.
    case all
    /// Not at all.
    case none
    /// This many, the newest.
    case newest(Int)
    /// This many if given, and none older than `age` if given, to the second; at most `limit` (1,000) are removed for age at a time.
    case within(count: Int? = nil, age: Duration? = nil, limit: Int? = nil)
}
