import NIOCore
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

    @Test("A subscription's conversation") func aConversation() {
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

    @Test("Reports which subscribers may have missed messages") func saysWhoMayHaveMissedSomething() {
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

    @Test("Messages come after the confirmation of all topics") func messagesComeAfterTheNewsThatAllTopicsAreConfirmed() {
        var machine = SubscriptionMachine()
        _ = machine.connected()
        _ = machine.add(1, [Topic(name: "a")])
        _ = machine.received(Self.push("subscribe", "a", "1"))
        #expect(!machine.add(2, [Topic(name: "a"), Topic(name: "b")]).isLive)
        #expect(machine.received(Self.push("message", "a", "x")) == .deliver(Self.message("a", "x"), to: [1]))
        #expect(machine.received(Self.push("subscribe", "b", "2")) == .live([2], again: []))
        #expect(machine.received(Self.push("message", "a", "y")) == .deliver(Self.message("a", "y"), to: [1, 2]))
        machine.disconnected()
        _ = machine.remove(1)
        _ = machine.connected()
        #expect(machine.received(Self.push("subscribe", "a", "1")) == .none)
        #expect(machine.received(Self.push("message", "a", "z")) == .none)
        #expect(machine.received(Self.push("subscribe", "b", "2")) == .live([], again: [2]))
        #expect(machine.received(Self.push("message", "a", "!")) == .deliver(Self.message("a", "!"), to: [2]))
    }

    @Test("An old confirmation does not count for a new subscription") func anOldConfirmationIsNotTheNewOne() {
        var machine = SubscriptionMachine()
        _ = machine.connected()
        _ = machine.add(1, [Topic(name: "a")])
        #expect(machine.remove(1) == [RedisCommand("UNSUBSCRIBE", "a")])
        #expect(machine.add(2, [Topic(name: "a")]).write == [RedisCommand("SUBSCRIBE", "a")])
        #expect(machine.received(Self.push("subscribe", "a", "1")) == .none)
        #expect(machine.received(Self.push("unsubscribe", "a", "0")) == .none)
        #expect(machine.received(Self.push("subscribe", "a", "1")) == .live([2], again: []))
    }

    @Test("A refusal reaches its own subscribers only") func refusalsReachTheirSubscribersOnly() {
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

    @Test("Pings detect a dead connection") func signsOfLife() {
        var machine = SubscriptionMachine()
        #expect(machine.tick(at: .start) == .none)
        _ = machine.connected(at: .start)
        #expect(machine.tick(at: .start + .seconds(5)) == .write(RedisCommand("PING")))
        #expect(machine.received(.simpleString("PONG"), at: .start + .seconds(6)) == .none)
        #expect(machine.received(.simpleString("PONG"), at: .start + .seconds(6)) == .broken)
        #expect(machine.tick(at: .start + .seconds(10)) == .write(RedisCommand("PING")))
        #expect(machine.received(Self.array("pong", ""), at: .start + .seconds(10)) == .none)
        #expect(machine.received(Self.array("subscribe", "never", "1"), at: .start + .seconds(10)) == .broken)
        #expect(machine.tick(at: .start + .seconds(22)) == .write(RedisCommand("PING")))
        #expect(machine.tick(at: .start + .seconds(23)) == .dead)
        machine.disconnected()
        #expect(machine.tick(at: .start + .seconds(28)) == .none)
    }
}

extension NIODeadline {
    /// When the tests' conversations begin.
    static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
}

extension SubscriptionMachine {
    fileprivate mutating func connected() -> [RedisCommand] { connected(at: .start) }
    fileprivate mutating func received(_ value: RedisValue) -> Outcome { received(value, at: .start) }
}
