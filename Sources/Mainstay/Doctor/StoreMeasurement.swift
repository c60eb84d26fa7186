import Primitives

/// How long a store takes to answer, and what its clock shows.
struct StoreMeasurement: Sendable {
    /// The quickest of several answers: what the way costs when nothing else is going on.
    let latency: Duration
    /// Positive when the store's clock is ahead of ours.
    let clockDifference: Duration

    /// - Parameter time: asks the store for its time.
    static func run(_ time: () async throws -> Timestamp) async throws -> StoreMeasurement {
        var best: StoreMeasurement?
        for _ in 0..<5 {
            let (clock, before) = (ContinuousClock.now, Timestamp.now)
            let theirs = try await time()
            let latency = ContinuousClock.now - clock
            // The clock was read somewhere between question and answer: in the middle, as far as anybody can tell.
            let probe = StoreMeasurement(latency: latency, clockDifference: theirs - before.advanced(by: latency / 2))
            if latency < best?.latency ?? .seconds(1 << 30) { best = probe }
        }
        return best ?? StoreMeasurement(latency: .zero, clockDifference: .zero)
    }

    func findings(_ store: String) -> [Finding] {
        let seconds = Double(clockDifference.milliseconds) / 1000
        let difference = clockDifference < .zero ? .zero - clockDifference : clockDifference
        return [
            .expecting(
                latency < .milliseconds(20), "\(store).latency", "\(Self.milliseconds(latency)) ms", else: .warning,
                remedy: "Every request waits for this several times: run the store nearer to Mainstay, ideally in the same zone."),
            .expecting(
                difference < .seconds(1) + latency, "\(store).clock", "differs from this machine's by \(seconds) s",
                else: difference < .seconds(30) ? .warning : .problem,
                remedy: "Delays and expiry go by both clocks: let NTP keep them, for example with systemd-timesyncd or chrony."),
        ]
    }

    private static func milliseconds(_ duration: Duration) -> Double { Double(duration.microseconds) / 1000 }
}
