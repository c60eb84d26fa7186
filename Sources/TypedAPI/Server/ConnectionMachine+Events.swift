import NIOCore

extension ConnectionMachine {
    /// A refusal that no handler gets to see, since there is no whole request to hand it.
    enum Refusal: Equatable {
        case malformed
        case unknownMethod
        case headersTooLarge
        case addressTooLong
        case tooSlow
        /// Our own answer is.
        case overdue
        /// The server has no more time for it, since it stops.
        case stopping
    }

    enum Action: Equatable {
        case none
        /// Pass it on.
        case forward
        /// Pass it on, after `100 Continue`.
        case forwardAndContinue
        /// Take no notice: the connection is on its way out.
        case drop
        /// Answer with a problem and close.
        case refuse(Refusal)
        /// Pass it on, then close.
        case forwardAndClose
        /// Pass it on, the last answer that is owed; then answer with a problem and close.
        case forwardAndRefuse(Refusal)
        /// Close without a word: the request has had its answer or a part of it, or nobody is there.
        case close
        /// Look at the time then, not when it was said last.
        case checkAt(NIODeadline)

        var refusal: Refusal? { if case .refuse(let refusal) = self { refusal } else { nil } }
    }

    /// What matters of a request's head.
    struct Head {
        var addressBytes = 0
        /// As declared; nil when the body is chunked.
        var bodyBytes: Int? = 0
        /// Whether the caller waits for `100 Continue` before it sends the body.
        var expectsContinue = false
        /// Whether that is to be said: not where the body will be refused for its size.
        var mayContinue = true
        /// Whether its framing and its host leave nothing to guess.
        var isSound = true
        /// Whether the caller wants to go on after its answer.
        var keepsAlive = true
    }
}
