import DevServices
import Logging
import Synchronization
import Testing

@testable import PostgresClient

@Suite struct ListenTests {
    @Test("A listener receives what is sent after it returned") func hearsWhatIsSentAfterItReturned() async throws {
        try await withPool { pool async throws in
            let odd = "Odd \"name\"; drop table x"
            let events = try await pool.listen(to: "plain", odd)
            try await pool.execute("select pg_notify('plain', 'one')")
            try await pool.execute("select pg_notify(\(odd), \("zwei ö"))")
            try await pool.execute("notify unheard")
            try await pool.execute("notify plain")
            var iterator = events.makeAsyncIterator()
            #expect(await iterator.next() == .notification(channel: "plain", payload: "one"))
            #expect(await iterator.next() == .notification(channel: odd, payload: "zwei ö"))
            #expect(await iterator.next() == .notification(channel: "plain", payload: ""))
        }
    }

    @Test("A listener listens again after a restart and reports the gap", .timeLimit(.minutes(10)))
    func listensAgainAfterARestartAndSaysSo() async throws {
        let server = try TestServer()
        try await withPool(url: server.url()) { pool async throws in
            var iterator = try await pool.listen(to: "news").makeAsyncIterator()
            for round in 0..<2 {
                try await pool.execute("select pg_notify('news', \("\(round)"))")
                #expect(await iterator.next() == .notification(channel: "news", payload: "\(round)"))
                try server.control("restart -w -m immediate -l \(server.folder)/log")
                #expect(await iterator.next() == .interrupted)
                #expect(await iterator.next() == .mayHaveMissed)
            }
            try await pool.execute("notify news, 'after'")
            #expect(await iterator.next() == .notification(channel: "news", payload: "after"))
        }
    }

    @Test("A listener ends with the pool and with its task", .timeLimit(.minutes(10))) func endsWithThePoolAndWithItsTask() async throws {
        let ended = try await withPool { pool async throws in
            let events = try await pool.listen(to: "a")
            let task = Task { for await _ in events {} }
            task.cancel()
            await task.value
            return Task { for await _ in try await pool.listen(to: "b") {} }
        }
        _ = await ended.result
    }

    @Test("A listener's connection closes with its last reader", .timeLimit(.minutes(10))) func itsConnectionGoesWithItsLastReader()
        async throws
    {
        try await withPool {
            $0.applicationName = "listener-count"
        } _: { pool async throws in
            let count: SQL = "select count(*) from pg_stat_activity where application_name = 'listener-count' and pid <> pg_backend_pid()"
            do {
                let events = try await pool.listen(to: "a")
                #expect(try await pool.value(count, as: Int.self) == 1)
                _ = events
            }
            while try await pool.value(count, as: Int.self) > 0 { try await Task.sleep(for: .milliseconds(10)) }
        }
    }

    @Test("A refused LISTEN is an error") func refusalsAreErrors() async throws {
        try await withPool { pool async throws in
            try await pool.execute("select 1")
            for channels in [[], [""], [String(repeating: "x", count: 64)], ["a\0b"]] {
                #expect(await postgresError { _ = try await pool.listen(to: channels) }?.code == .invalidConfiguration)
            }
        }
        try await withPool(url: TestDatabase.shared().url(password: "wrong")) { pool async throws in
            #expect(await postgresError { _ = try await pool.listen(to: "a") }?.sqlState == "28P01")
            #expect(await postgresError { _ = try await pool.query("select 1") }?.sqlState == "28P01")
            await pool.close()
            #expect(await postgresError { _ = try await pool.listen(to: "a") }?.code == .poolClosed)
        }
        let port = try LoopbackPort.free()
        try await withPool(url: "postgresql://nobody@127.0.0.1:\(port)/x") {
            $0.acquireTimeout = .milliseconds(300)
        } _: { pool async throws in
            #expect(await postgresError { _ = try await pool.listen(to: "a") }?.code == .connectionFailed)
            #expect(await postgresError { _ = try await pool.query("select 1") }?.code == .connectionFailed)
        }
    }

    @Test("A slow reader is told once of lost events and gets the rest") func aSlowReaderIsToldOnceAndHearsTheRest() {
        var buffer = NotificationBuffer(limit: 3)
        func event(_ number: Int) -> PostgresListenEvent { .notification(channel: "c", payload: "\(number)") }
        for number in 0..<4 { buffer.append(event(number)) }
        buffer.append(.mayHaveMissed)
        buffer.append(event(4))
        #expect(buffer.count == 2)
        #expect([buffer.next(), buffer.next(), buffer.next()] == [.mayHaveMissed, event(4), nil])
        buffer.append(.mayHaveMissed)
        #expect(buffer.next() == .mayHaveMissed)
        // A break that finds the buffer full is told after what was lost.
        for number in 0..<3 { buffer.append(event(number)) }
        buffer.append(.interrupted)
        #expect([buffer.next(), buffer.next(), buffer.next()] == [.mayHaveMissed, .interrupted, nil])
        for number in 0..<3 { buffer.append(event(number)) }
        #expect(buffer.next() == event(0))
    }
}
