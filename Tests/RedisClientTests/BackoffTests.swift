import Testing

@testable import RedisClient

@Suite struct BackoffTests {
    @Test("Back-off doubles up to half a second") func doublesUpToHalfASecond() {
        var (shortest, longest) = (Backoff(), Backoff())
        #expect(longest.isFresh)
        #expect((0..<6).map { _ in shortest.next(chance: 0) } == [25, 50, 100, 200, 250, 250].map { .milliseconds($0) })
        #expect((0..<6).map { _ in longest.next(chance: 1) } == [50, 100, 200, 400, 500, 500].map { .milliseconds($0) })
        #expect(!longest.isFresh)
        longest.reset()
        #expect(longest.isFresh && longest.next(chance: 1) == .milliseconds(50))
    }
}
