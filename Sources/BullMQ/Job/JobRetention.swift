/// How many finished jobs stay.
public enum JobRetention: Sendable, Hashable {
    /// All of them, indefinitely.
    case all
    /// Not at all.
    case none
    /// This many, the newest; a negative number keeps all, as in the other clients.
    case newest(Int)
    /// This many if given (negative: all), and none older than `age` if given, to the second; at most `limit` (1,000; at most 1,000,000,
    /// which a negative number means, too) are removed for age at a time.
    case within(count: Int? = nil, age: Duration? = nil, limit: Int? = nil)
}
