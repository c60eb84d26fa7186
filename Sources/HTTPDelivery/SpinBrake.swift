/// Slows the I/O thread down when it turns in circles.
///
/// Waiting for a socket ends at once where libcurl asks for something that is always given: to write, while an HTTP/2 receiver lets no body
/// through. One such receiver would take a whole core for as long as its request may last.
struct SpinBrake {
    private var turns = 0
    private var lastMoved: Int64 = -1

    /// In a row that did not wait; so many are usual when much is going on.
    private static let patience = 64
    /// What counts as having waited. It is also how long the thread then pauses.
    static let pause = Duration.milliseconds(1)

    /// Tells of one turn, and says whether to pause before the next.
    ///
    /// - Parameters:
    ///   - waited: How long the turn waited for a socket, a timer or a message.
    ///   - moved: The bytes that all transfers have moved so far; asked for only when it matters.
    mutating func mustPause(waited: Duration, moved: () -> Int64) -> Bool {
        turns = waited < Self.pause ? turns + 1 : 0
        guard turns >= Self.patience else { return false }
        let moved = moved()
        guard moved == lastMoved else {
            lastMoved = moved
            turns = 0
            return false
        }
        return true
    }
}
