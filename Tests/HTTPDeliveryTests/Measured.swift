/// What something took, and how much of that the machine was to blame for.
struct Measured<Value: Sendable>: Sendable {
    let value: Value
    let took: Duration
    /// What the sleeps of a task beside it took longer than asked for: on a busy machine nobody got his turn then.
    let lateness: Duration

    /// Whether it was over by `deadline`. Four seconds are for the work itself, on a machine that is not idle: to hold on for five is too long.
    func isOver(by deadline: Duration) -> Bool { took < deadline + .seconds(4) + lateness }

    init(_ body: () async throws -> Value) async rethrows {
        let clock = ContinuousClock()
        (value, took, lateness) = try await withThrowingTaskGroup(of: Duration.self) { group in
            let begin = clock.now
            group.addTask {
                let (pause, usual) = (Duration.milliseconds(50), Duration.milliseconds(60))
                var lateness = Duration.zero
                // From the beginning: a machine too busy to let this task begin is late already.
                var last = begin
                while !Task.isCancelled {
                    try? await Task.sleep(for: pause)
                    let now = clock.now
                    if now - last > usual { lateness += now - last - pause }
                    last = now
                }
                return lateness
            }
            let value = try await body()
            let took = begin.duration(to: clock.now)
            group.cancelAll()
            return (value, took, try await group.next() ?? .zero)
        }
    }
}

extension Measured: CustomStringConvertible {
    var description: String { "\(value) after \(took), the machine late by \(lateness)" }
}
