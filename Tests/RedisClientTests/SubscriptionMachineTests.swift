import Testing

@testable import RedisClient

/// Conversations with a server that is not there.
@Suite struct SubscriptionMachineTests {
    typealias Topic = SubscriptionMachine.Topic

    static func array(_ items: String...) -> RedisValue { .array(items.map { .bulkString(Array($0.utf8)) }) }
    static func push(_ items: String...) -> RedisValue { .push(items.map { .bulkString(Array($0.utf8)) }) }

    static func message(_ channel: String, _ text: String, pattern: String? = nil) -> RedisMessage {
        RedisMessage(channel: channel, pattern: pattern, payload: Array(text.utf8))
    }

    @Test func aConversation() {
        var machine = SubscriptionMachine()
        #expect(machine.add(1, [Topic(name: "a"), Topic(isPattern: true, name: "p*"), Topic(name: "a")]).write == [])
        #expect(machine.connected() == [RedisCommand("SUBSCRIBE", "a"), RedisCommand("PSUBSCRIBE", "p*")])
        #expect(machine.received(Self.push("subscribe", "a", "1")) == .none)
        #expect(machine.received(Self.push("psubscribe", "p*", "2")) == .live([1], again: []))
        #expect(machine.received(Self.push("message", "a", "x")) == .deliver(Self.message("a", "x"), to: [1]))
        #expect(machine.received(Self.push("pmessage", "p*", "pq", "y")) == .deliver(Self.message("pq", "y", pattern: "p*"), to: [1]))
        #expect(machine.add(2, [Topic(name: "a")]).isLive)
        #expect(machine.received(Self.push("message", "a", "z")) == .deliver(Self.message("a", "z"), to: [1, 2]))
        #expect(machine.remove(1) == [RedisCommand("PUNSUBSCRIBE", "p*")])
        #expect(machine.received(Self.push("pmessage", "p*", "pq", "late")) == .none)
        #expect(machine.received(Self.push("punsubscribe", "p*", "1")) == .none)
        #expect(machine.remove(2) == [RedisCommand("UNSUBSCRIBE", "a")])
        #expect(machine.isEmpty)
    }

    @Test func saysWhoMayHaveMissedSomething() {
        var machine = SubscriptionMachine()
        _ = machine.connected()
        #expect(machine.add(1, [Topic(name: "a")]).write == [RedisCommand("SUBSCRIBE", "a")])
        #expect(machine.received(Self.array("subscribe", "a", "1")) == .live([1], again: []))
        machine.disconnected()
        #expect(!machine.add(2, [Topic(name: "a"), Topic(name: "b")]).isLive)
        #expect(machine.connected() == [RedisCommand("SUBSCRIBE", "a"), RedisCommand("SUBSCRIBE", "b")])
        #expect(machine.received(Self.array("subscribe", "a", "1")) == .live([], again: [1]))
        #expect(machine.received(Self.array("subscribe", "b", "2")) == .live([2], again: []))
    }

    @Test func anOldConfirmationIsNotTheNewOne() {
        var machine = SubscriptionMachine()
        _ = machine.connected()
        _ = machine.add(1, [Topic(name: "a")])
        #expect(machine.remove(1) == [RedisCommand("UNSUBSCRIBE", "a")])
        #expect(machine.add(2, [Topic(name: "a")]).write == [RedisCommand("SUBSCRIBE", "a")])
        #expect(machine.received(Self.push("subscribe", "a", "1")) == .none)
        #expect(machine.received(Self.push("unsubscribe", "a", "0")) == .none)
        #expect(machine.received(Self.push("subscribe", "a", "1")) == .live([2], again: []))
    }

    @Test func refusalsReachTheirSubscribersOnly() {
        var machine = SubscriptionMachine()
        _ = machine.connected()
        _ = machine.add(1, [Topic(name: "free")])
        _ = machine.add(2, [Topic(name: "secret"), Topic(name: "free")])
        let error = RedisServerError(message: "NOPERM no")
        #expect(machine.received(Self.push("subscribe", "free", "1")) == .live([1], again: []))
        #expect(machine.received(.error(error)) == .refused([2], error))
        #expect(machine.remove(2) == [])
        #expect(machine.received(Self.push("message", "free", "x")) == .deliver(Self.message("free", "x"), to: [1]))
    }

    @Test func signsOfLife() {
        var machine = SubscriptionMachine()
        #expect(machine.ping() == [])
        _ = machine.connected()
        #expect(machine.ping() == [RedisCommand("PING")])
        #expect(machine.received(.simpleString("PONG")) == .none)
        #expect(machine.received(.simpleString("PONG")) == .broken)
        _ = machine.ping()
        #expect(machine.received(Self.array("pong", "")) == .none)
        #expect(machine.received(Self.array("subscribe", "never", "1")) == .broken)
    }

    @Test func theBufferIsBounded() {
        var buffer = SubscriptionBuffer(limits: .init(messages: 3, bytes: 10))
        buffer.append(.subscribed)
        for number in 0..<6 { buffer.append(.message(Self.message("c", "\(number)"))) }
        #expect(buffer.popFirst() == .subscribed)
        #expect(buffer.popFirst() == .message(Self.message("c", "0")))
        buffer.append(.message(Self.message("c", "6")))
        for number in 1...2 { #expect(buffer.popFirst() == .message(Self.message("c", "\(number)"))) }
        #expect(buffer.popFirst() == .missed(.overflow(dropped: 3)))
        #expect(buffer.popFirst() == .message(Self.message("c", "6")))
        #expect(buffer.popFirst() == nil && buffer.bytes == 0)
        // One always fits; a second that does not is counted.
        buffer.append(.message(Self.message("c", "a long one, longer than all")))
        buffer.append(.message(Self.message("c", "x")))
        buffer.append(.missed(.reconnected))
        buffer.append(.missed(.reconnected))
        #expect(buffer.popFirst() == .message(Self.message("c", "a long one, longer than all")))
        #expect(buffer.popFirst() == .missed(.overflow(dropped: 1)))
        #expect(buffer.popFirst() == .missed(.reconnected))
        #expect(buffer.popFirst() == nil)
    }
}
