/// When to try to connect again: doubling from 50 ms to 5 s, each pause shortened at random by up to half,
/// so that many processes do not fall upon a restarted server at once.
struct Backoff {
    private static let base: Int64 = 50_000_000
    private static let limit: Int64 = 5_000_000_000

    private(set) var failures = 0
    /// Nanoseconds on the caller's clock.
    private(set) var notBefore: Int64 = 0

    mutating func failed(at now: Int64, using generator: inout some RandomNumberGenerator) {
        let pause = min(Backoff.limit, Backoff.base << min(failures, 7))
        failures += 1
        notBefore = now + Int64.random(in: pause / 2...pause, using: &generator)
    }

    mutating func succeeded() { self = Backoff() }
}
