import Foundation
import Testing

@testable import HTTPDelivery

/// Measures the whole process: to be run without other tests beside it.
@Suite("Memory", .serialized)
struct MemoryTests {
    /// How much may come to stay or to be in use for a moment: buffers of the transfers in flight and what the allocator keeps.
    private let bound = 48 << 20

    @Test("Hostile receivers fill no memory")
    func hostileReceiversFillNoMemory() async throws {
        #expect(HostileReceiver.bomb.count > 10_000)
        let receivers = HostileReceiver.endless + HostileReceiver.compressed + HostileReceiver.slow
        let servers = try receivers.map { ($0, try HostileServer($0)) }
        let client = try makeClient()
        func round() async {
            await withTaskGroup(of: Void.self) { group in
                for (receiver, server) in servers {
                    for _ in 0..<8 {
                        group.addTask {
                            _ = await HostileReceiver.Outcome(of: client, receiver.request(to: server.url, timeout: .seconds(1)))
                        }
                    }
                }
            }
        }
        await round()  // threads, stacks and arenas that are there once and for all
        let before = try Memory.resident()
        try Memory.forgetPeak()
        for _ in 0..<3 { await round() }
        let (growth, peak) = (try Memory.resident() - before, try Memory.peak() - before)
        print(
            "hostile receivers: \(receivers.count * 8 * 3) requests, resident memory grew by \(growth >> 10) KiB, its peak by \(peak >> 10) KiB"
        )
        #expect(growth < bound && peak < bound)
    }

    @Test("A body that is kept does show in the figure that must not grow")
    func hostileReceiversFillNoMemoryControl() async throws {
        let server = try TestServer()
        let client = try makeClient()
        let before = try Memory.resident()
        try Memory.forgetPeak()
        let limit = 2 * bound
        let response = try await client.send(
            OutgoingRequest(url: server.url("/endless"), timeout: .seconds(120), maximumResponseBytes: limit))
        #expect(response.body.count == limit)
        #expect(try Memory.peak() - before > bound)
    }
}

/// This process's memory as Linux counts it, in bytes.
private enum Memory {
    static func resident() throws -> Int { try field("VmRSS:") }

    /// The most that was resident since ``forgetPeak()``.
    static func peak() throws -> Int { try field("VmHWM:") }

    static func forgetPeak() throws { try Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs")) }

    private static func field(_ name: String) throws -> Int {
        let line = try String(contentsOfFile: "/proc/self/status", encoding: .utf8).split(separator: "\n").first { $0.hasPrefix(name) }
        return try #require(line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }) << 10
    }
}
