import DevServices
import TestServices
import Testing

@Suite("Databases and prefixes of tests")
struct DatabaseTests {
    @Test("A copy has the template's rows, and is its own")
    func copies() async throws {
        let services = try await TestServices.shared()
        let name = try await services.template("template_copies") { url in
            _ = try await query("create table t (x int); insert into t values (1)", at: url)
        }
        try await withThrowingTaskGroup { group in
            for number in 0..<8 {
                group.addTask {
                    let url = try await services.freshDatabase(template: name)
                    try await #expect(query("insert into t values (\(number)); select count(*) from t", at: url) == "2")
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("A copy is made again and again, and its time is shown")
    func copyTime() async throws {
        let services = try await TestServices.shared()
        let name = try await services.template("template_time") { url in
            // About as much as an application's schema.
            _ = try await query(
                "do $$ begin for i in 1..40 loop execute format("
                    + "'create table t%s (id bigint primary key, name text not null unique, at timestamptz)', i); end loop; end $$", at: url
            )
        }
        let clock = ContinuousClock()
        var times: [Duration] = []
        for _ in 0..<20 {
            let begin = clock.now
            let url = try await services.freshDatabase(template: name)
            times.append(clock.now - begin)
            try await #expect(query("select count(*) from pg_tables where schemaname = 'public'", at: url) == "40")
        }
        times.sort()
        print("a database from a template of 40 tables: median \(times[10]), fastest \(times[0]), slowest \(times[19])")
    }

    @Test("Names are quoted, and a dropped database is gone although somebody is connected")
    func dropping() async throws {
        let servers = try await TestServices.shared().servers
        let name = "odd \"name\" \u{e9}?/%"
        let url = try await servers.createDatabase(name)
        try await #expect(query("select current_database()", at: url) == name)
        let again = await #expect(throws: DevServicesError.self) { try await servers.createDatabase(name) }
        #expect(again?.code == .commandFailed && again?.message.contains("already exists") == true)
        try await servers.dropDatabase(name)
        try await servers.dropDatabase(name)
        try await servers.createDatabase(name)
    }

    @Test("One pair of servers a process, and no name twice")
    func shared() async throws {
        let services = try await TestServices.shared()
        let others = try await withThrowingTaskGroup(of: (ObjectIdentifier, String).self) { group in
            for _ in 0..<50 {
                group.addTask {
                    let other = try await TestServices.shared()
                    return (ObjectIdentifier(other), other.keyPrefix())
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(others.map(\.0)) == [ObjectIdentifier(services)])
        #expect(Set(others.map(\.1)).count == 50)
        try await #expect(redis(["ping"], at: services.redisURL) == "PONG")
    }
}
