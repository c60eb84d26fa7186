import Foundation
import TestServices
import Testing

@testable import HTTPDelivery

@Suite("Idle connections")
struct IdleConnectionTests {
    @Test("Are closed when their time is up, although nothing is sent any more", arguments: [false, true])
    func closed(besideAHangingRequest: Bool) async throws {
        let hanging = try TestServer()
        let servers = try (0..<3).map { _ in try Listener { peer in while peer.readRequest() != nil, peer.answer(200, "well") {} } }
        let client = try makeClient { $0.idleTimeout = .seconds(1) }
        let hang = besideAHangingRequest ? Task { _ = try? await client.send(OutgoingRequest(url: hanging.url("/hang"))) } : nil
        for server in servers { #expect(try await client.send(OutgoingRequest(url: "http://127.0.0.1:\(server.port)/")).status == 200) }
        #expect(try await eventually { servers.allSatisfy { $0.counts.open == 0 } })
        for server in servers { #expect(try await client.send(OutgoingRequest(url: "http://127.0.0.1:\(server.port)/")).status == 200) }
        #expect(try await eventually { servers.allSatisfy { $0.counts.open == 0 } })
        hang?.cancel()
    }

    @Test("Are looked at when the first and again when the last has its age, and not for ever")
    func schedule() {
        let start = ContinuousClock.now
        var schedule = IdleSchedule(idleTimeout: .seconds(10))
        #expect(schedule.alarm == nil && !schedule.isDue(at: start))
        schedule.used(at: start)
        schedule.used(at: start + .seconds(6))
        #expect(schedule.alarm == start + .seconds(11))
        #expect(!schedule.isDue(at: start + .seconds(10)) && schedule.isDue(at: start + .seconds(11)))
        #expect(schedule.alarm == start + .seconds(17))
        #expect(schedule.isDue(at: start + .seconds(17)) && schedule.alarm == start + .seconds(18))
        #expect(schedule.isDue(at: start + .seconds(19)) && schedule.alarm == nil)
        schedule.used(at: start + .seconds(30))
        #expect(schedule.alarm == start + .seconds(41))
    }
}
