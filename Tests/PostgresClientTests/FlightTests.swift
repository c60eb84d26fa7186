import PostgresClient
import Testing

/// How often the client waits for the server, as somebody between the two sees it.
@Suite(.timeLimit(.minutes(10))) struct FlightTests {
    @Test("A prelude costs no round trip") func aPreludeCostsNoRoundTrip() async throws {
        let server = try TestDatabase.shared()
        let counter = try TurnCounter(before: server.port)
        try await withPool(url: server.url(port: counter.port), maximum: 1) { pool async throws in
            func turns(_ body: () async throws -> Void) async throws -> Int {
                let before = counter.turns
                try await body()
                return counter.turns - before
            }
            let (prelude, reading): (SQL, SQL) = (
                "select set_config('flight.name', \("x"), true)", "select current_setting('flight.name', true)"
            )
            try await pool.execute("select 1")

            // The first time each statement is prepared on the way.
            for _ in 0..<3 {
                let alone = try await turns { _ = try await pool.query(reading) }
                let preceded = try await turns {
                    let row = try #require(try await pool.query(reading, prelude: prelude).first)
                    #expect(try row.decode(String.self) == "x")
                }
                let batch = try await turns { _ = try await pool.batch([reading, "select 2", reading], prelude: prelude) }
                #expect(alone == 1 && preceded == 1 && batch == 1)
                let transaction = try await turns {
                    try await pool.withTransaction(isolation: .serializable, prelude: prelude) { transaction in
                        let row = try #require(try await transaction.query(reading).first)
                        #expect(try row.decode(String.self) == "x")
                    }
                }
                #expect(transaction == 2, "all up to the statement, and COMMIT")
            }
            // The counter does count.
            let apart = try await turns {
                _ = try await pool.query(prelude)
                _ = try await pool.query(reading)
            }
            #expect(apart == 2)
        }
    }
}
