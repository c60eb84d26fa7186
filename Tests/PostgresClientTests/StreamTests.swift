import Foundation
import Logging
import PostgresClient
import Testing

@Suite(.serialized) struct StreamTests {
    @Test("Every row arrives once, in order") func everyRowComesOnceInOrder() async throws {
        try await withPool { pool async throws in
            for count in [0, 1, 63, 64, 65, 10_000] {
                var numbers: [Int] = []
                try await pool.withRows(of: "select n, repeat('x', n % 50) from generate_series(1, \(Int32(count))) n") { rows in
                    for try await row in rows {
                        let (number, text) = try row.decode(Int.self, String.self)
                        #expect(text.utf8.count == number % 50)
                        numbers.append(number)
                    }
                }
                #expect(numbers == Array(0..<count).map { $0 + 1 })
            }
        }
    }

    @Test("A stream of a hundred megabytes uses flat memory", .timeLimit(.minutes(10))) func aHundredMegabytesStayFlat() async throws {
        try await withPool { pool async throws in
            try await pool.withRows(of: "select n, repeat(md5(n::text), 32) from generate_series(1, 100000) n") { rows in
                var bytes = 0
                var peak = 0
                var start: Int?
                for try await row in rows {
                    let (number, text) = try row.decode(Int.self, String.self)
                    bytes += text.utf8.count
                    if number == 5000 { start = residentBytes() }
                    if number % 2000 == 0 { peak = max(peak, residentBytes()) }
                }
                #expect(bytes == 102_400_000)
                #expect(peak - (try #require(start)) < 32_000_000)
            }
        }
    }

    @Test("Rows are not fetched while the reader pauses", .timeLimit(.minutes(10))) func whatNobodyReadsIsNotFetched() async throws {
        try await withPool(maximum: 1) { pool async throws in
            let endless: SQL = "with recursive t(n) as (select 1 union all select n + 1 from t) select n from t"
            let last = try await pool.withRows(of: endless) { rows in
                for try await row in rows where try row.get(0, as: Int.self) == 1000 { return 1000 }
                return 0
            }
            #expect(last == 1000)
            #expect(try await pool.value("select count(*) from pg_cursors where name like 'cursor%'", as: Int.self) == 0)
        }
    }

    @Test("A stream works beside other statements of its transaction") func worksBesideOtherStatementsOfATransaction() async throws {
        try await withPool(maximum: 1) { pool async throws in
            try await pool.withTransaction { transaction in
                try await transaction.execute("create temp table copies (n int) on commit drop")
                try await transaction.withRows(of: "select n from generate_series(1, \(300)) n where n > \(100)") { outer in
                    try await transaction.withRows(of: "select 1") { inner in for try await _ in inner {} }
                    for try await row in outer {
                        try await transaction.execute("insert into copies values (\(try row.get(0, as: Int32.self)))")
                    }
                }
                #expect(try await transaction.query("select count(*) from copies")[0].decode(Int.self) == 200)
                #expect(try await transaction.query("select count(*) from pg_cursors where name like 'cursor%'")[0].decode(Int.self) == 0)
                struct Stop: Error {}
                await #expect(throws: Stop.self) {
                    try await transaction.withRows(of: "select n from generate_series(1, 1000) n") { rows in
                        for try await _ in rows { throw Stop() }
                    }
                }
                #expect(try await transaction.query("select count(*) from pg_cursors where name like 'cursor%'")[0].decode(Int.self) == 0)
            }
        }
    }

    @Test("Concurrent readers share the rows") func readersBesideEachOtherShareTheRows() async throws {
        try await withPool(maximum: 1) { pool async throws in
            let numbers = try await pool.withRows(of: "select n from generate_series(1, 5000) n") { rows in
                try await withThrowingTaskGroup(of: [Int].self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            var numbers: [Int] = []
                            for try await row in rows { numbers.append(try row.get(0, as: Int.self)) }
                            return numbers
                        }
                    }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
            }
            #expect(numbers.sorted() == Array(1...5000))
        }
    }

    @Test("A failure in the middle of a stream is thrown") func failuresInTheMiddleAreThrown() async throws {
        try await withPool(maximum: 1) { pool async throws in
            var seen = 0
            let error = await postgresError {
                try await pool.withRows(of: "select 1 / (500 - n) from generate_series(1, 1000) n") { rows in
                    for try await _ in rows { seen += 1 }
                }
            }
            #expect(error?.sqlState == "22012")
            #expect(seen > 0 && seen < 500)
            let refused = await postgresError {
                try await pool.withRows(of: "selec 1") { rows in for try await _ in rows {} }
            }
            #expect(refused?.sqlState == "42601")
            let escaped = try await pool.withRows(of: "select n from generate_series(1, 1000) n") { $0 }
            #expect(await postgresError { for try await _ in escaped {} }?.code == .sessionEnded)
            #expect(try await pool.value("select 1", as: Int.self) == 1)
        }
    }
}

/// What of this process is in memory now.
func residentBytes() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
}
