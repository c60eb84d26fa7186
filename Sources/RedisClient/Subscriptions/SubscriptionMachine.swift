import NIOCore

/// Subscribers by topic, and what the server knows of them. Knows no socket: what to write and which subscribers to notify are results.
struct SubscriptionMachine {
    /// A channel or a pattern.
    struct Topic: Hashable, Sendable {
        var isPattern = false
        var name: String
    }

    typealias Subscriber = Int

    enum Outcome: Equatable {
        case none
        case deliver(RedisMessage, to: [Subscriber])
        /// Every topic of these is confirmed, for the first time or again.
        case live([Subscriber], again: [Subscriber])
        /// The server refused a topic of theirs; they are forgotten.
        case refused([Subscriber], RedisServerError)
        /// Nothing was asked that this could answer.
        case broken
    }

    private struct Listening {
        var subscribers: [Subscriber]
        /// Tells the confirmation of this subscription from that of an earlier one to the same topic.
        var generation: Int
        var isConfirmed = false
    }

    private struct Member {
        var topics: [Topic]
        /// Topics without confirmation on this connection.
        var missing: Int
        var wasLive = false
    }

    /// What was written and not answered yet, in order.
    private enum Asked {
        case subscribe(Topic, generation: Int)
        case unsubscribe(Topic)
        case ping
    }

    /// A peer that vanished without a word sends no end: after this long without a sign of life it counts as gone. Longer than two pings.
    static let patience = TimeAmount.seconds(12)
    static let pingInterval = TimeAmount.seconds(5)

    private var isConnected = false
    private var lastRead = NIODeadline.distantPast
    private var topics: [Topic: Listening] = [:]
    private var members: [Subscriber: Member] = [:]
    private var asked = CircularBuffer<Asked>()
    private var generation = 0

    var isEmpty: Bool { members.isEmpty }

    // MARK: Callers

    /// Adds a subscriber.
    /// - Returns: what to write, and whether the subscriber is live already, because others listen to all of it.
    mutating func add(_ subscriber: Subscriber, _ wanted: [Topic]) -> (write: [RedisCommand], isLive: Bool) {
        var member = Member(topics: [], missing: 0)
        var fresh: [Topic] = []
        for topic in wanted where !member.topics.contains(topic) {
            member.topics.append(topic)
            if topics[topic] == nil { fresh.append(topic) }
            topics[topic, default: Listening(subscribers: [], generation: 0)].subscribers.append(subscriber)
            if topics[topic]?.isConfirmed != true { member.missing += 1 }
        }
        member.wasLive = member.missing == 0
        members[subscriber] = member
        return (isConnected ? fresh.map { subscribe($0) } : [], member.wasLive)
    }

    /// Removes a subscriber. Returns what to write for topics without another subscriber.
    mutating func remove(_ subscriber: Subscriber) -> [RedisCommand] {
        guard let member = members.removeValue(forKey: subscriber) else { return [] }
        var commands: [RedisCommand] = []
        for topic in member.topics {
            topics[topic]?.subscribers.removeAll { $0 == subscriber }
            guard topics[topic]?.subscribers.isEmpty == true else { continue }
            topics[topic] = nil
            guard isConnected else { continue }
            asked.append(.unsubscribe(topic))
            commands.append(RedisCommand(topic.isPattern ? "PUNSUBSCRIBE" : "UNSUBSCRIBE", RedisArgument(topic.name)))
        }
        return commands
    }

    /// Forgets everybody.
    mutating func removeAll() -> [Subscriber] {
        let all = members.keys.sorted()
        self = SubscriptionMachine()
        return all
    }

    // MARK: The connection

    /// A new connection is signed in: what to write.
    mutating func connected(at now: NIODeadline) -> [RedisCommand] {
        isConnected = true
        lastRead = now
        asked.removeAll()
        members = members.mapValues { Member(topics: $0.topics, missing: $0.topics.count, wasLive: $0.wasLive) }
        return topics.keys.sorted { $0.isPattern == $1.isPattern ? $0.name < $1.name : $1.isPattern }.map { subscribe($0) }
    }

    mutating func disconnected() {
        isConnected = false
        asked.removeAll()
        topics = topics.mapValues { Listening(subscribers: $0.subscribers, generation: $0.generation) }
    }

    enum Tick: Equatable {
        case none
        /// Asks for a sign of life.
        case write(RedisCommand)
        /// There was none for too long.
        case dead
    }

    /// One ``pingInterval`` has passed.
    mutating func tick(at now: NIODeadline) -> Tick {
        guard isConnected else { return .none }
        if lastRead + Self.patience < now { return .dead }
        asked.append(.ping)
        return .write(RedisCommand("PING"))
    }

    private mutating func subscribe(_ topic: Topic) -> RedisCommand {
        generation += 1
        topics[topic]?.generation = generation
        topics[topic]?.isConfirmed = false
        asked.append(.subscribe(topic, generation: generation))
        return RedisCommand(topic.isPattern ? "PSUBSCRIBE" : "SUBSCRIBE", RedisArgument(topic.name))
    }

    /// The server said something: a push in RESP3, an array in RESP2.
    mutating func received(_ value: RedisValue, at now: NIODeadline) -> Outcome {
        lastRead = now
        if case .error(let error) = value { return refused(error) }
        guard let items = value.array, let kind = items.first?.string else {
            return answered { if case .ping = $0 { true } else { false } } == nil ? .broken : .none
        }
        switch kind {
        case "message" where items.count == 3:
            return deliver(items, Topic(name: items[1].string ?? ""))
        case "pmessage" where items.count == 4:
            return deliver(Array(items.dropFirst()), Topic(isPattern: true, name: items[1].string ?? ""))
        case "subscribe", "psubscribe":
            guard case .subscribe(let topic, let generation)? = answered({ if case .subscribe = $0 { true } else { false } }) else {
                return .broken
            }
            return confirmed(topic, generation)
        case "unsubscribe", "punsubscribe":
            return answered { if case .unsubscribe = $0 { true } else { false } } == nil ? .broken : .none
        case "pong":
            return answered { if case .ping = $0 { true } else { false } } == nil ? .broken : .none
        default:
            return .none  // pushes of other features, such as invalidation
        }
    }

    /// The oldest thing asked, when it is the kind of thing that was answered.
    private mutating func answered(_ isRight: (Asked) -> Bool) -> Asked? {
        guard let first = asked.first, isRight(first) else { return nil }
        return asked.removeFirst()
    }

    private func deliver(_ items: [RedisValue], _ topic: Topic) -> Outcome {
        guard let listening = topics[topic], let channel = items[1].string, let payload = items[2].bytes else {
            return .none  // unsubscribed a moment ago
        }
        let message = RedisMessage(channel: channel, pattern: topic.isPattern ? topic.name : nil, payload: payload)
        // A subscriber that still waits for another topic is first told that it is live, or that it may have missed messages.
        let live = listening.subscribers.filter { members[$0]?.missing == 0 }
        return live.isEmpty ? .none : .deliver(message, to: live)
    }

    private mutating func confirmed(_ topic: Topic, _ generation: Int) -> Outcome {
        guard let listening = topics[topic], listening.generation == generation, !listening.isConfirmed else { return .none }
        topics[topic]?.isConfirmed = true
        var first: [Subscriber] = []
        var again: [Subscriber] = []
        for subscriber in listening.subscribers {
            guard var member = members[subscriber] else { continue }
            member.missing -= 1
            if member.missing == 0 {
                if member.wasLive { again.append(subscriber) } else { first.append(subscriber) }
                member.wasLive = true
            }
            members[subscriber] = member
        }
        return first.isEmpty && again.isEmpty ? .none : .live(first, again: again)
    }

    private mutating func refused(_ error: RedisServerError) -> Outcome {
        guard !asked.isEmpty else { return .broken }
        guard case .subscribe(let topic, let generation) = asked.removeFirst() else { return .none }
        guard let listening = topics[topic], listening.generation == generation else { return .none }
        topics[topic] = nil
        return .refused(listening.subscribers, error)
    }
}
