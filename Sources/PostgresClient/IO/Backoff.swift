/// When to try to connect again: doubling from 50 ms to half a second, each pause shortened at random by up to half, so that many processes do
/// not fall upon a restarted server at once. The other half second is for connecting: none is without a server for more than a second after its
/// return.
struct Backoff {
    private static let base: Int64 = 50_000_000
    private static let limit: Int64 = 500_000_000

    private(set) var failures = 0
    /// Nanoseconds on the caller's clock.
    private(set) var notBefore: Int64 = 0

    /// Attempts that were under way together count once.
    mutating func failed(at now: Int64, using generator: inout some RandomNumberGenerator) {
        guard now >= notBefore else { return }
        let pause = min(Backoff.limit, Backoff.base << min(failures, 4))
        failures += 1
        notBefore = now + Int64.random(in: pause / 2...pause, using: &generator)
    }

    mutating func succeeded() { self = Backoff() }
}
