/// What a run of the demo story did and whether it reached its end.
struct DemoReport: Sendable {
    /// One step that was done, in the order of the story.
    struct Step: Sendable {
        let title: String
        /// What came back, a line each.
        let seen: [String]
        let elapsed: Duration
        /// Command lines that show the same from a terminal, with the real ids and key.
        let curl: [String]
    }

    var steps: [Step] = []
    /// Why the story ended early; nil when it reached its end.
    var failure: DemoFailure?
    /// Messages that were answered 202.
    var accepted = 0
    /// Deliveries whose signature the receiver verified, repeated attempts included.
    var verified = 0
    var elapsed: Duration = .zero
    /// Publishing a message and reading it back, ready to paste; empty when the story did not get that far.
    var farewell: [String] = []

    var succeeded: Bool { failure == nil }
}

/// A step that did not go as the story says.
struct DemoFailure: Error, Sendable, CustomStringConvertible {
    enum Code: String, Sendable {
        /// Nothing answered at the address, or the answer broke off.
        case unreachable
        /// The server answered something else than it should.
        case unexpectedAnswer
        /// What should have happened did not, within its time.
        case timedOut
        /// A delivery was not what had been published, or not signed as it should be.
        case badDelivery
    }

    let code: Code
    /// What was expected and what was seen, in one or two sentences.
    let detail: String
    /// What to look at or change; nil when nothing can be said in general.
    var hint: String?

    init(_ code: Code, _ detail: String, hint: String? = nil) {
        self.code = code
        self.detail = detail
        self.hint = hint
    }

    var description: String { "\(code.rawValue): \(detail)" }
}
