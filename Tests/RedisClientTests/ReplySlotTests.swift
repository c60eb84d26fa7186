import Testing

@testable import RedisClient

/// Whoever comes first decides, and the waiter is resumed once.
@Suite struct ReplySlotTests {
    typealias Slot = ReplySlot<String, Int>

    @Test("A reply resumes the waiter once") func aReplyResumesTheWaiterOnce() {
        var slot = Slot()
        #expect(slot.wait("ann") == nil)
        #expect(!slot.isFinished && !slot.isWritten)
        #expect(slot.claim() == true)
        #expect(slot.isWritten)
        #expect(slot.finish(1) == .resume("ann"))
        #expect(slot.finish(2) == .ignored)
        #expect(slot.isFinished)
    }

    @Test("An outcome before the wait is kept") func anEndBeforeTheWaitIsKept() {
        var slot = Slot()
        #expect(slot.finish(1) == .kept)
        #expect(slot.finish(2) == .ignored)
        #expect(slot.claim() == false)
        #expect(!slot.isWritten)
        #expect(slot.wait("ann") == 1)
        #expect(slot.finish(3) == .ignored)
    }

    @Test("A finished request is not sent") func whatHasEndedIsNotSent() {
        var slot = Slot()
        #expect(slot.wait("ann") == nil)
        #expect(slot.finish(1) == .resume("ann"))
        #expect(slot.claim() == false)
        #expect(!slot.isWritten)
    }
}

extension ReplySlot.Finish: Equatable where Waiter: Equatable {
    static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.resume(let one), .resume(let other)): one == other
        case (.kept, .kept), (.ignored, .ignored): true
        case (.resume, _), (.kept, _), (.ignored, _): false
        }
    }
}
