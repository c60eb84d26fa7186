import Testing

@testable import RedisClient

/// What waits for a consumer, and a consumer who waits.
@Suite struct SubscriptionInboxTests {
    typealias Machine = SubscriptionInboxMachine<String>

    private static func message(_ channel: String, _ text: String) -> RedisMessage {
        RedisMessage(channel: channel, pattern: nil, payload: Array(text.utf8))
    }

    @Test("A waiting consumer gets the next event") func aConsumerThatWaitsGetsTheNextEvent() {
        var inbox = Machine(limits: .init())
        #expect(inbox.next("ann") == nil)
        #expect(inbox.append(.subscribed) == "ann")
        #expect(inbox.append(.missed(.reconnected)) == nil)
        #expect(inbox.next("ann") == .success(.missed(.reconnected)))
        #expect(inbox.next("ann") == nil)
    }

    @Test("An error comes after the buffered events") func anErrorComesAfterWhatIsBuffered() {
        var inbox = Machine(limits: .init())
        let (first, second) = (RedisError(.closed, "first"), RedisError(.closed, "second"))
        #expect(inbox.append(.subscribed) == nil)
        #expect(inbox.finish(first) == nil)
        #expect(inbox.finish(second) == nil)
        #expect(inbox.append(.missed(.reconnected)) == nil)
        #expect(inbox.next("ann") == .success(.subscribed))
        #expect(inbox.next("ann") == .failure(first))
        #expect(inbox.next("ann") == .failure(first))
    }

    @Test("A cancelled consumer gets nothing more") func whoGivesUpGetsNothingMore() {
        var inbox = Machine(limits: .init())
        #expect(inbox.next("ann") == nil)
        #expect(inbox.finish(nil) == "ann")
        #expect(inbox.append(.subscribed) == nil)
        #expect(inbox.next("ann") == .success(nil))
        var other = Machine(limits: .init())
        #expect(other.append(.subscribed) == nil)
        #expect(other.finish(nil) == nil)
        #expect(other.next("ann") == .success(nil))
    }

    @Test("The buffer is bounded") func theBufferIsBounded() {
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
