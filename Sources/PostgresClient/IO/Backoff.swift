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
    ///
    /// - Parameter jitter: 0 to 1, of what the pause may be shortened by.
    mutating func failed(at now: Int64, jitter: Double) {
        guard now >= notBefore else { return }
        let pause = min(Backoff.limit, Backoff.base << min(failures, 4))
        failures += 1
        notBefore = now + pause - Int64(Double(pause / 2) * jitter)
    }

    mutating func succeeded() { self = Backoff() }
}
