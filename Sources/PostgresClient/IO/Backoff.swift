/// When to try to connect again: doubling from 50 ms to 1 s, each pause shortened at random by up to half, so that many processes do not fall
/// upon a restarted server at once, and yet none is without it for more than a second after its return.
struct Backoff {
    private static let base: Int64 = 50_000_000
    private static let limit: Int64 = 1_000_000_000

    private(set) var failures = 0
    /// Nanoseconds on the caller's clock.
    private(set) var notBefore: Int64 = 0

    /// Attempts that were under way together count once.
    mutating func failed(at now: Int64, using generator: inout some RandomNumberGenerator) {
        guard now >= notBefore else { return }
        let pause = min(Backoff.limit, Backoff.base << min(failures, 5))
        failures += 1
        notBefore = now + Int64.random(in: pause / 2...pause, using: &generator)
    }

    mutating func succeeded() { self = Backoff() }
}
