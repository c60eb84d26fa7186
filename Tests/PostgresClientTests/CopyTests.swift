import Logging
import PostgresClient
import Testing

@Suite(.serialized) struct CopyTests {
    struct Stop: Error {}

    @Test("Rows copied in come out again", .timeLimit(.minutes(10))) func rowsGoInAndComeOut() async throws {
        try await withPool(maximum: 2) { pool async throws in
            try await pool.executeScript("drop table if exists copied; create table copied (n int, t text)")
            let rows = try await pool.copyIn("copy copied (n, t) from stdin") { writer in
                try await writer.write("1\tone\n2\ttw")
                try await writer.write("")
                try await writer.write("o\n3\t\\N\n")
            }
            #expect(rows == 3)
            #expect(
                try await pool.value("select string_agg(n || coalesce(t, '-'), ' ' order by n) from copied", as: String.self)
                    == "1one 2two 3-")
            var bytes: [UInt8] = []
            try await pool.copyOut("copy (select n, t from copied order by n) to stdout with (format csv)") { reader in
                for try await portion in reader { bytes += portion }
            }
            #expect(String(decoding: bytes, as: UTF8.self) == "1,one\n2,two\n3,\n")
            #expect(try await pool.copyIn("copy copied from stdin") { _ in } == 0)
        }
    }

    @Test("COPY carries many megabytes both ways", .timeLimit(.minutes(10))) func manyMegabytesPassBothWays() async throws {
        try await withPool(maximum: 1) { pool async throws in
            try await pool.executeScript("drop table if exists copied_much; create unlogged table copied_much (n int, t text)")
            let line = String(repeating: "x", count: 1000)
            let count = try await pool.copyIn("copy copied_much from stdin") { writer in
                for block in 0..<300 { try await writer.write((0..<100).map { "\(block * 100 + $0)\t\(line)\n" }.joined()) }
            }
            #expect(count == 30_000)
            let (bytes, portions, largest) = try await pool.copyOut("copy copied_much to stdout") { reader in
                var (bytes, portions, largest) = (0, 0, 0)
                for try await portion in reader {
                    bytes += portion.count
                    portions += 1
                    largest = max(largest, portion.count)
                    if portions % 50 == 0 { try await Task.sleep(for: .milliseconds(2)) }
                }
                return (bytes, portions, largest)
            }
            #expect(bytes == 30_000 * 1002 + (0..<30_000).reduce(0) { $0 + "\($1)".utf8.count })
            #expect(portions > 100 && largest < 128 * 1024)
        }
    }

    /// 200 MB each way, also past a server that stops for a while and a reader that does.
    @Test("COPY of many megabytes uses flat memory", .timeLimit(.minutes(10))) func copiedMegabytesStayFlat() async throws {
        try await withPool(maximum: 1) { pool async throws in
            let (block, blocks) = (Array(String(repeating: String(repeating: "x", count: 999) + "\n", count: 1000).utf8), 200)
            let bound = 32_000_000
            // Takes the rows one by one and keeps none; sleeps for a moment at some.
            try await pool.executeScript(
                """
                drop table if exists copied_flat; create table copied_flat (t text);
                create or replace function copied_flat() returns trigger language plpgsql as $$
                begin
                    if random() < 0.0005 then perform pg_sleep(0.01); end if;
                    return null;
                end $$;
                create trigger none_is_kept before insert on copied_flat for each row execute function copied_flat();
                """)
            var (start, peak) = (0, 0)
            try await pool.copyIn("copy copied_flat from stdin") { writer in
                for number in 0..<blocks {
                    try await writer.write(block)
                    if number == 20 { start = residentBytes() }
                    peak = max(peak, residentBytes())
                }
            }
            print("COPY in: resident memory grew by \((peak - start) >> 10) KiB")
            #expect(peak - start < bound)
            (start, peak) = (residentBytes(), 0)
            var (bytes, hasPaused) = (0, false)
            try await pool.copyOut("copy (select repeat('x', 999) from generate_series(1, 200000)) to stdout") { reader in
                for try await portion in reader {
                    bytes += portion.count
                    peak = max(peak, residentBytes())
                    if !hasPaused, bytes > 20 * block.count {
                        hasPaused = true
                        try await Task.sleep(for: .milliseconds(500))
                    }
                }
            }
            print("COPY out: resident memory grew by \((peak - start) >> 10) KiB")
            #expect(bytes == blocks * block.count && peak - start < bound)
        }
    }

    @Test("A failed COPY throws and leaves no rows", .timeLimit(.minutes(10))) func whatIsWrongIsSaidAndLeavesNothingBehind() async throws {
        try await withPool(maximum: 1) { pool async throws in
            try await pool.executeScript("drop table if exists copied_badly; create table copied_badly (n int)")
            let bad = await postgresError {
                try await pool.copyIn("copy copied_badly from stdin") { writer in
                    try await writer.write("1\n")
                    for _ in 0..<20 { try await writer.write(String(repeating: "x\n", count: 100_000)) }
                }
            }
            #expect(bad?.sqlState == "22P02")
            await #expect(throws: Stop.self) {
                try await pool.copyIn("copy copied_badly from stdin") { writer in
                    try await writer.write("1\n")
                    throw Stop()
                }
            }
            #expect(await postgresError { try await pool.copyIn("copy no_such_table from stdin") { _ in } }?.sqlState == "42P01")
            #expect(await postgresError { try await pool.copyIn("select 1") { _ in } }?.message.contains("not a COPY") == true)
            #expect(
                await postgresError { try await pool.copyIn("copy copied_badly to stdout") { _ in } }?.message.contains("copyOut") == true)
            #expect(
                await postgresError { try await pool.copyOut("copy copied_badly from stdin") { _ in } }?.message.contains("copyIn") == true)
            #expect(await postgresError { try await pool.copyOut("copy (select \(1)) to stdout") { _ in } }?.code == .server)
            let failing = await postgresError {
                try await pool.copyOut("copy (select 1 / (5000 - n) from generate_series(1, 10000) n) to stdout") { reader in
                    for try await _ in reader {}
                }
            }
            #expect(failing?.sqlState == "22012")
            #expect(try await pool.value("select count(*) from copied_badly", as: Int.self) == 0)
        }
    }

    /// Whether a write is under way or none, the server is stopped, and the end of the COPY tells.
    @Test("A COPY body that swallows its cancellation still throws at the end", .timeLimit(.minutes(10)), arguments: [true, false])
    func whoSwallowsItsCancellationIsToldAtTheEnd(isWriting: Bool) async throws {
        try await withPool(maximum: 3) { pool async throws in
            try await pool.executeScript(
                """
                drop table if exists copied_late; create table copied_late (n int);
                create or replace function copied_late() returns trigger language plpgsql as $$
                    begin perform pg_advisory_xact_lock(7002); return new; end $$;
                create trigger waits before insert on copied_late for each row execute function copied_late();
                """)
            try await pool.withTransaction { other in
                try await other.execute("select pg_advisory_xact_lock(7002)")
                let task = Task {
                    await postgresError {
                        try await pool.copyIn("copy copied_late from stdin") { writer in
                            repeat { try? await writer.write(String(repeating: "1\n", count: 10_000)) } while isWriting && !Task.isCancelled
                        }
                    }
                }
                let waiting: SQL = "select count(*) from pg_stat_activity where wait_event = 'advisory' and query like 'copy copied_late%'"
                while try await pool.value(waiting, as: Int.self) == 0 {}
                task.cancel()
                let error = await task.value
                #expect(error?.code == .cancelled && error?.sqlState == "57014", "\(String(describing: error))")
            }
            #expect(try await pool.value("select count(*) from copied_late", as: Int.self) == 0)
        }
    }

    @Test("A COPY that is not read to its end is abandoned", .timeLimit(.minutes(10))) func aCopyThatIsNotReadToItsEndIsGivenUp()
        async throws
    {
        try await withPool(maximum: 1) { pool async throws in
            await #expect(throws: Stop.self) {
                try await pool.copyOut("copy (select repeat('x', 1000) from generate_series(1, 100000000)) to stdout") { reader in
                    for try await _ in reader { throw Stop() }
                }
            }
            try await pool.withTransaction { transaction in
                try await transaction.copyOut("copy (select repeat('x', 1000) from generate_series(1, 20000)) to stdout") { reader in
                    for try await _ in reader {
                        let refused = await postgresError { try await transaction.execute("select 1") }
                        #expect(refused?.message.contains("COPY is under way") == true)
                        break
                    }
                }
                #expect(try await transaction.query("select 1")[0].decode(Int.self) == 1, "the transaction goes on")
            }
            let escaped = try await pool.copyOut("copy (select 1) to stdout") { $0 }
            for try await _ in escaped { Issue.record("nothing can come any more") }
            #expect(try await pool.value("select 1", as: Int.self) == 1)
        }
    }

    @Test("Cancelling the task ends the COPY", .timeLimit(.minutes(10))) func cancellingTheTaskEndsTheCopy() async throws {
        try await withPool(maximum: 1) { pool async throws in
            try await pool.executeScript("drop table if exists copied_never; create table copied_never (n int)")
            let reading = Task {
                try await pool.copyOut("copy (select pg_sleep(50)) to stdout") { reader in for try await _ in reader {} }
            }
            try await Task.sleep(for: .milliseconds(200))
            reading.cancel()
            #expect(await postgresError { try await reading.value }?.code == .cancelled)
            let writing = Task {
                try await pool.copyIn("copy copied_never from stdin") { writer in while true { try await writer.write("1\n") } }
            }
            try await Task.sleep(for: .milliseconds(200))
            writing.cancel()
            #expect(await postgresError { _ = try await writing.value }?.code == .cancelled)
            #expect(try await pool.value("select count(*) from copied_never", as: Int.self) == 0)
        }
    }

    @Test("A connection lost during COPY is an error", .timeLimit(.minutes(10))) func aLostConnectionIsAnError() async throws {
        try await withPool(maximum: 1) { pool async throws in
            try await pool.executeScript("drop table if exists copied_lost; create table copied_lost (n int)")
            let error = await postgresError {
                try await pool.withTransaction { transaction in
                    let process = try await transaction.query("select pg_backend_pid()")[0].decode(Int32.self)
                    try await transaction.copyIn("copy copied_lost from stdin") { writer in
                        try await writer.write("1\n")
                        try await withPool(maximum: 1) { _ = try await $0.query("select pg_terminate_backend(\(process))") }
                        while true { try await writer.write("2\n") }
                    }
                }
            }
            #expect(error?.code == .connectionLost)
            #expect(try await pool.value("select count(*) from copied_lost", as: Int.self) == 0)
        }
    }
}
