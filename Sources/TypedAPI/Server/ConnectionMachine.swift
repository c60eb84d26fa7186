import NIOCore

/// What one HTTP/1 connection allows and owes, decided without a socket: events in, actions out.
///
/// It knows what the layers above it cannot: that bytes of a request arrived which is not whole yet, that the parser gave up, that an answer
/// is overdue or not being read, and that the server wants to stop.
struct ConnectionMachine {
    private enum Receiving: Equatable {
        case nothing
        /// Bytes of a head that is not whole.
        case head(since: NIODeadline)
        case body(since: NIODeadline)
    }

    private static let quiescingReceiveLimit = TimeAmount.seconds(3)
    /// How much of a body is taken in after its request has been answered: most are at their end, and the connection can go on.
    static let unwantedBytesLimit = 1 << 20

    private let receiveLimit: TimeAmount
    private let respondLimit: TimeAmount
    private let stopLimit: TimeAmount
    private let idleLimit: TimeAmount
    private let maximumAddressBytes: Int
    private var receiving = Receiving.nothing
    /// Whether the request that is arriving has had its answer already.
    private var isArrivingAnswered = false
    /// Of its body since.
    private var unwantedBytes = 0
    /// Of the body that is arriving, what is still to come; nil when its length is not said beforehand.
    private var bytesToCome: Int?
    /// Whether its caller waits for a `100 Continue` that was not said, and may never send it.
    private var isBodyHeldBack = false
    /// The request whose head came last is the last of the connection.
    private var isLast = false
    /// Requests whose head was passed on and whose answer has not ended.
    private(set) var owed = 0
    /// Since when the oldest of them, whole by then, is being worked on.
    private var workingSince: NIODeadline?
    private var isAnswering = false
    /// Whether what we write is taken; while it is not, it is the reader who is waited for.
    private var isWritable = true
    /// Since when nothing has moved, and how much of what we wrote was not taken by then.
    private var still: (since: NIODeadline, unsent: Int)
    /// When the time is looked at next.
    private var nextCheck = NIODeadline.distantFuture
    private(set) var isQuiescing = false
    /// While quiescing: whatever is not whole by then is refused, however young.
    private var latest: NIODeadline?
    /// While quiescing: no answer begins after that.
    private var stopDue: NIODeadline?
    /// Nothing more is read. Answers go out only for requests that came whole before the trouble.
    private(set) var isRefused = false
    /// What is said of the trouble, once so many of those are out.
    private var postponed: (refusal: Refusal, answers: Int)?

    /// - Parameters:
    ///   - receiveLimit: how long a request may take to arrive, head and body.
    ///   - respondLimit: how long its answer may take to begin.
    ///   - stopLimit: how long after the wish to stop answers may still begin.
    ///   - idleLimit: how long a caller whose turn it is, to ask or to read, may let nothing move.
    init(
        receiveLimit: TimeAmount, respondLimit: TimeAmount, stopLimit: TimeAmount, idleLimit: TimeAmount, maximumAddressBytes: Int,
        at now: NIODeadline
    ) {
        self.receiveLimit = receiveLimit
        self.respondLimit = respondLimit
        self.stopLimit = stopLimit
        self.idleLimit = idleLimit
        self.maximumAddressBytes = maximumAddressBytes
        still = (now, 0)
    }

    /// To be called once, first.
    mutating func opened() -> Action { check(at: still.since + idleLimit) }

    /// Whether the next bytes begin a request.
    var isBetweenRequests: Bool { receiving == .nothing }

    /// Whether a request's head has come and its end has not.
    var isAmidBody: Bool { if case .body = receiving { true } else { false } }

    /// Whether the head of a request has begun and is not whole.
    var isAmidHead: Bool { if case .head = receiving { true } else { false } }

    mutating func bytesArrived(at now: NIODeadline) -> Action {
        guard !isRefused, !isLast else { return .none }
        // Who asks on and on without reading does not move.
        if isWritable { still.since = now }
        guard receiving == .nothing else { return .none }
        receiving = .head(since: now)
        return check(at: now + min(receiveLimit, respondLimit))
    }

    mutating func headArrived(_ head: Head, at now: NIODeadline) -> Action {
        guard !isRefused, !isLast else { return .drop }
        guard head.addressBytes <= maximumAddressBytes else { return refuse(.addressTooLong) }
        guard head.isSound else { return refuse(.malformed) }
        if case .head(let since) = receiving { receiving = .body(since: since) } else { receiving = .body(since: now) }
        owed += 1
        isArrivingAnswered = false
        unwantedBytes = 0
        bytesToCome = head.bodyBytes
        isLast = !head.keepsAlive
        // Before another's answer it would be taken for a part of that; whoever waits for it sends the body after a while.
        let continues = head.expectsContinue && head.mayContinue && owed == 1
        isBodyHeldBack = head.expectsContinue && !continues
        return continues ? .forwardAndContinue : .forward
    }

    mutating func bodyArrived(_ byteCount: Int = 0) -> Action {
        guard !isRefused, receiving != .nothing else { return .drop }
        isBodyHeldBack = false
        bytesToCome = bytesToCome.map { $0 - byteCount }
        guard isArrivingAnswered else { return .forward }
        unwantedBytes += byteCount
        guard unwantedBytes > Self.unwantedBytesLimit else { return .forward }
        return giveUp()
    }

    mutating func requestEnded(at now: NIODeadline) -> Action {
        guard !isRefused, receiving != .nothing else { return .drop }
        receiving = .nothing
        isArrivingAnswered = false
        // What a slow caller takes to send is not our time.
        if owed > 0, workingSince == nil { workingSince = now }
        return .forward
    }

    /// A reader that pauses has no answer of ours overdue, and we read nothing of them meanwhile. How long they may is the idle limit's to say.
    mutating func writabilityChanged(to isWritable: Bool, at now: NIODeadline) -> Action {
        self.isWritable = isWritable
        still.since = now
        guard isWritable else { return .none }
        if workingSince != nil { workingSince = now }
        switch receiving {
        case .nothing: break
        case .head: receiving = .head(since: now)
        case .body: receiving = .body(since: now)
        }
        return check(at: now + min(receiveLimit, respondLimit))
    }

    mutating func parserFailed(_ refusal: Refusal) -> Action {
        guard !isRefused else { return .drop }
        return refuse(refusal)
    }

    /// What time does.
    ///
    /// - Parameter unsent: how many bytes of what we wrote are not taken yet: one that shrinks has a reader, however slow.
    mutating func checkTime(at now: NIODeadline, unsent: Int) -> (action: Action, next: NIODeadline) {
        if unsent != still.unsent { still = (now, unsent) }
        let action = overdue(at: now)
        if action != .none { still.since = now }
        nextCheck = [idleDue, arrivalDue, answerDue(at: now), stopDue].compactMap { $0 }.min() ?? now + idleLimit
        return (action, nextCheck)
    }

    private mutating func overdue(at now: NIODeadline) -> Action {
        if let idle = idleDue, now >= idle { return giveUp() }
        if let arrival = arrivalDue, now >= arrival { return refuse(.tooSlow) }
        if let answer = answerDue(at: now), now >= answer { return refuseAllOwed(.overdue) }
        guard let stop = stopDue, now >= stop else { return .none }
        stopDue = nil
        if !isWritable || owed == 0 && still.unsent > 0 { return giveUp() }
        return isAnswerWanted && owed > 0 && !isAnswering ? refuseAllOwed(.stopping) : .none
    }

    /// Until when the caller, whose turn it is, must let something move.
    private var idleDue: NIODeadline? {
        let isTheirTurn = !isWritable || !isAnswerWanted || owed == 0 && receiving == .nothing
        return isTheirTurn ? still.since + idleLimit : nil
    }

    /// When the request that is arriving must be whole.
    private var arrivalDue: NIODeadline? {
        guard !isRefused, isWritable else { return nil }
        return switch receiving {
        case .nothing: nil
        case .head(let since), .body(let since): min(since + receiveLimit, latest ?? .distantFuture)
        }
    }

    /// When the next answer must begin. One that has begun may take its time; the next one's begins when it ends.
    private func answerDue(at now: NIODeadline) -> NIODeadline? {
        guard isAnswerWanted, isWritable else { return nil }
        return isAnswering ? now + respondLimit : workingSince.map { $0 + respondLimit }
    }

    /// The oldest hears it; the others' connection ends with that.
    private mutating func refuseAllOwed(_ refusal: Refusal) -> Action {
        isRefused = true
        postponed = nil
        return .refuse(refusal)
    }

    /// Until when somebody may work for a caller who is gone.
    func workDue(at now: NIODeadline) -> NIODeadline { min((workingSince ?? now) + respondLimit, stopDue ?? .distantFuture) }

    /// Those who answer have closed the connection, perhaps in the midst of an answer: what is written must be read, and nothing comes after it.
    mutating func closedFromAbove() {
        isRefused = true
        postponed = nil
    }

    private mutating func giveUp() -> Action {
        isRefused = true
        postponed = nil
        return .close
    }

    /// Whether the answer should say that the connection closes after it: the last one there is to be does.
    mutating func answerBegan() -> (action: Action, closes: Bool) {
        guard isAnswerWanted else { return (.drop, false) }
        isAnswering = true
        if isAmidBody, owed == 1, !canTakeRest { isLast = true }
        return (.forward, !isRefused && (isQuiescing || isLast) && owed == 1)
    }

    /// Whether what is still to come of the body can be taken in behind an answer that does not wait for it, so that the connection goes on. What
    /// has no known length could be endless, and what its caller holds back may never come: the next bytes could be a body or a request.
    private var canTakeRest: Bool { !isBodyHeldBack && bytesToCome.map { $0 <= Self.unwantedBytesLimit } ?? false }

    mutating func answerContinued() -> Action { isAnswerWanted ? .forward : .drop }

    mutating func answerEnded(at now: NIODeadline) -> Action {
        guard isAnswerWanted else { return .drop }
        isAnswering = false
        still.since = now
        owed -= 1
        if isAmidBody, owed == 0 { isArrivingAnswered = true }
        workingSince = owed > (isAmidBody ? 1 : 0) ? now : nil
        guard let (refusal, answers) = postponed else { return isLast && owed == 0 ? .forwardAndClose : .forward }
        postponed = answers == 1 ? nil : (refusal, answers - 1)
        return answers == 1 ? .forwardAndRefuse(refusal) : .forward
    }

    /// The server stops. Whoever is owed nothing may have a request on its way: the event is passed on a moment later. Whoever is in the
    /// middle of sending one gets little time to finish. The check takes the place of any other.
    mutating func quiesceBegan(at now: NIODeadline) -> (forwards: Bool, checkAt: NIODeadline) {
        isQuiescing = true
        let stop = now + stopLimit
        stopDue = stop
        if owed > 0, case .body = receiving { latest = now + Self.quiescingReceiveLimit }
        nextCheck = [arrivalDue, answerDue(at: now)].compactMap { $0 }.reduce(stop, min)
        return (owed > 0, nextCheck)
    }

    private mutating func check(at time: NIODeadline) -> Action {
        guard time < nextCheck else { return .none }
        nextCheck = time
        return .checkAt(time)
    }

    private var isAnswerWanted: Bool { !isRefused || postponed != nil }

    /// An answer of ours must be the next one the caller expects: not in the middle of another, nor before one that is owed.
    private mutating func refuse(_ refusal: Refusal) -> Action {
        isRefused = true
        // Of the owed ones, the last may be the very request that is refused.
        let answers = isArrivingAnswered ? 0 : owed - (isAmidBody ? 1 : 0)
        if answers > 0 {
            postponed = (refusal, answers)
            return .none
        }
        // One answer a request: it may have had its own, or be in the middle of it.
        return isAnswering || isArrivingAnswered ? .close : .refuse(refusal)
    }
}
