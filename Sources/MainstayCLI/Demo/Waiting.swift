/// Asks again and again until there is an answer or the time is up.
///
/// - Parameters:
///   - limit: How long to go on asking.
///   - pause: The time between two questions.
///   - timedOut: Made when the time is up: says what was waited for and what was seen instead.
func waitForValue<Value: Sendable>(
    within limit: Duration, every pause: Duration = .milliseconds(20),
    _ question: () async throws -> Value?, timedOut: () async -> DemoFailure
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    while true {
        if let value = try await question() { return value }
        guard ContinuousClock.now < deadline else { throw await timedOut() }
        try await Task.sleep(for: pause)
    }
}
