/// 50 ms doubling up to half a second, so that a server that returns is in use within a second; each cut by up to half at random, so that
/// many clients do not return at the same moment.
struct Backoff {
    private var attempt = 0

    /// True before the first wait of a series, the moment to log.
    var isFresh: Bool { attempt == 0 }

    /// - Parameter chance: 0 for the shortest, 1 for the longest.
    mutating func next(chance: Double = .random(in: 0...1)) -> Duration {
        let full = min(500, 50 << min(attempt, 4))
        attempt += 1
        return .milliseconds(Double(full) * (1 + chance) / 2)
    }

    mutating func reset() { attempt = 0 }
}
