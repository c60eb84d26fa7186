/// 50 ms doubling up to half a second, so that a server that returns is in use within a second; each cut by up to half at random, so that
/// many clients do not return at the same moment.
struct Backoff {
    private var attempt = 0

    /// True before the first wait of a series, the moment to log.
    var isFresh: Bool { attempt == 0 }

    mutating func next() -> Duration {
        var generator = SystemRandomNumberGenerator()
        return next(&generator)
    }

    mutating func next(_ generator: inout some RandomNumberGenerator) -> Duration {
        let full = min(500, 50 << min(attempt, 4))
        attempt += 1
        return .milliseconds(Int.random(in: full / 2...full, using: &generator))
    }

    mutating func reset() { attempt = 0 }
}
