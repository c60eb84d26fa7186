import Foundation
import Testing

@testable import HTTPDelivery

@Suite("Many at once, cancellation and close")
struct ConcurrencyTests {
    let server: TestServer

    init() throws { server = try TestServer() }

    @Test("200 at once all arrive, over no more connections than allowed")
    func many() async throws {
        let client = try makeClient { $0.maximumConnectionsPerHost = 8 }
        let server = server
        try await withThrowingTaskGroup(of: String.self) { group in
            for index in 0..<200 {
                group.addTask { try await client.send(OutgoingRequest(url: server.url("/echo"), body: Array("n\(index)".utf8))).text }
            }
            var bodies = Set<String>()
            for try await text in group { bodies.insert(String(text.split(separator: "\r\n").last ?? "")) }
            #expect(bodies == Set((0..<200).map { "n\($0)" }))
        }
        #expect(server.seen.connections <= 8)
    }

    @Test("A host with a long queue does not hold up another")
    func fairness() async throws {
        let client = try makeClient {
            $0.maximumConnections = 3
            $0.maximumConnectionsPerHost = 2
        }
        let (server, other) = (server, try TestServer())
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 { group.addTask { try await client.send(OutgoingRequest(url: server.url("/gate"))).status } }
            var arrivals = server.arrivals.makeAsyncIterator()
            for _ in 0..<2 { _ = await arrivals.next() }
            for _ in 0..<10 { #expect(try await client.send(OutgoingRequest(url: other.url("/status/200"))).status == 200) }
            #expect(server.seen.paths.count == 2)
            server.openGate(times: 20)
            for try await status in group { #expect(status == 200) }
        }
        #expect(server.seen.connections == 2)
    }

    @Test("Who waits for a turn gets it as soon as another ends, however silent the others are")
    func turns() async throws {
        let client = try makeClient {
            $0.maximumConnectionsPerHost = 1
            $0.connectTimeout = .seconds(300)
        }
        let (server, silent) = (server, try TestServer())
        let hanging = Task { await failure { try await client.send(OutgoingRequest(url: silent.url("/hang"))) } }
        var arrivals = silent.arrivals.makeAsyncIterator()
        _ = await arrivals.next()
        let turns = await Measured {
            await withTaskGroup(of: Int?.self) { group in
                for _ in 0..<10 { group.addTask { try? await client.send(OutgoingRequest(url: server.url("/status/200"))).status } }
                return await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(turns.value == Array(repeating: 200, count: 10) && turns.isOver(by: .zero), "\(turns)")
        hanging.cancel()
        #expect(await hanging.value == .cancelled)
    }

    @Test("A request that gets no turn times out in the queue")
    func queueTimeout() async throws {
        let client = try makeClient { $0.maximumConnectionsPerHost = 1 }
        let server = server
        async let first = client.send(OutgoingRequest(url: server.url("/gate")))
        var arrivals = server.arrivals.makeAsyncIterator()
        _ = await arrivals.next()
        let held = await Measured {
            await failure { try await client.send(OutgoingRequest(url: server.url("/echo"), timeout: .milliseconds(100))) }
        }
        #expect(held.value == .overloaded && held.isOver(by: .milliseconds(100)), "\(held)")
        server.openGate(times: 1)
        #expect(try await first.status == 200)
        #expect(server.seen.paths == ["/gate"])
    }

    @Test("Cancelling aborts the transfer and closes its connection")
    func cancellation() async throws {
        let client = try makeClient { $0.maximumConnectionsPerHost = 1 }
        let server = server
        let task = Task { await failure { try await client.send(OutgoingRequest(url: server.url("/hang"))) } }
        let queued = Task { await failure { try await client.send(OutgoingRequest(url: server.url("/hang"))) } }
        var arrivals = server.arrivals.makeAsyncIterator()
        _ = await arrivals.next()
        // Whichever of the two waits in the queue gives up as well.
        task.cancel()
        queued.cancel()
        #expect(await task.value == .cancelled)
        #expect(await queued.value == .cancelled)
        // The slot is free again, and the connection of the aborted request is not used for another.
        #expect(try await client.send(OutgoingRequest(url: server.url("/status/200"))).status == 200)
        #expect(server.seen.connections >= 2)
    }

    @Test("A task that is cancelled already sends nothing")
    func cancelledBefore() async throws {
        let client = try makeClient()
        let server = server
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await failure { try await client.send(OutgoingRequest(url: server.url("/echo"))) }
        }
        #expect(await task.value == .cancelled)
        #expect(server.seen.connections == 0)
    }

    @Test("Cancelling at any moment settles every request once")
    func cancellationStorm() async throws {
        let client = try makeClient { $0.maximumConnectionsPerHost = 4 }
        let server = server
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<300 {
                group.addTask {
                    let request = Task { try? await client.send(OutgoingRequest(url: server.url("/echo"))) }
                    for _ in 0..<(index % 40) { await Task.yield() }
                    if index % 3 > 0 { request.cancel() }
                    _ = await request.value
                }
            }
        }
        #expect(try await client.send(OutgoingRequest(url: server.url("/status/200"))).status == 200)
    }

    @Test("Close aborts what is in flight and refuses what comes later")
    func close() async throws {
        let client = try makeClient { $0.maximumConnectionsPerHost = 3 }
        let server = server
        await withTaskGroup(of: OutgoingError.Code?.self) { group in
            for _ in 0..<6 { group.addTask { await failure { try await client.send(OutgoingRequest(url: server.url("/hang"))) } } }
            var arrivals = server.arrivals.makeAsyncIterator()
            for _ in 0..<3 { _ = await arrivals.next() }
            await client.close()
            for await code in group { #expect(code == .closed) }
        }
        #expect(await failure { try await client.send(OutgoingRequest(url: server.url("/echo"))) } == .closed)
        await client.close()
    }

    @Test("Close with a grace lets requests in flight end")
    func graceful() async throws {
        let client = try makeClient()
        let server = server
        async let status = client.send(OutgoingRequest(url: server.url("/gate"))).status
        var arrivals = server.arrivals.makeAsyncIterator()
        _ = await arrivals.next()
        async let closed: Void = client.close(within: .seconds(20))
        var code: OutgoingError.Code?
        while code != .closed {
            // From the moment that closing began, nothing new is taken.
            do { _ = try await client.send(OutgoingRequest(url: server.url("/status/200"))) } catch { code = error.code }
        }
        server.openGate(times: 1)
        #expect(try await status == 200)
        await closed
    }

    @Test("A client that is closed, or that nobody holds, lets go of its thread and connections", arguments: [true, false])
    func abandoned(isClosed: Bool) async throws {
        let descriptors = { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
        let before = try descriptors()
        for _ in 0..<50 {
            let client = try makeClient()
            _ = try await client.send(OutgoingRequest(url: server.url("/status/200")))
            if isClosed { await client.close() }
        }
        // Other tests run beside this one, and theirs go; those of 50 leaked clients, hundreds, would stay.
        let patience = ContinuousClock.now + .seconds(60)
        while try descriptors() - before >= 100, .now < patience { try await Task.sleep(for: .milliseconds(50)) }
        #expect(try descriptors() - before < 100)
    }
}
