import JSON
import PostgresClient
import TestServices
import Testing

/// No value bound through interpolation becomes SQL, whatever it holds, and no name does either.
@Suite(.serialized, .timeLimit(.minutes(10))) struct InjectionTests {
    @Test("Bound values stay values") func boundValuesStayValues() async throws {
        try await withTreasure { pool in
            let count = 400
            var hostile = HostileStrings(SeededRandom("hostile values", count: count))
            for _ in 0..<count {
                let text = hostile.next()
                let unequal = await binds(text, pool)
                #expect(unequal == nil, "\(unequal ?? "") with \(text.debugDescription), seed \(hostile.seed)")
            }
        }
    }

    @Test("Quoted names stay names in COPY") func namesStayNamesInCopy() async throws {
        try await withTreasure { pool in
            let count = 60
            var hostile = HostileStrings(SeededRandom("hostile names and data for COPY", count: count))
            for _ in 0..<count {
                let (table, column, text) = (hostile.name(), hostile.name(), hostile.next())
                let line = "\"\(text.replacing("\"", with: "\"\""))\"\n"
                let (kept, written) = try await pool.withTransaction { transaction in
                    try await transaction.execute("create temp table \(identifier: table) (\(identifier: column) text) on commit drop")
                    let rows = try await transaction.copyIn(
                        "copy \(identifier: table) (\(identifier: column)) from stdin with (format csv)"
                    ) { try await $0.write(line) }
                    #expect(rows == 1)
                    let written = try await transaction.copyOut(
                        "copy (select \(identifier: column) from \(identifier: table)) to stdout with (format csv, force_quote *)"
                    ) { try await $0.reduce(into: []) { $0 += $1 } }
                    let kept = try await transaction.query("select \(identifier: column) from \(identifier: table)")
                    return (try kept[0].decode(String.self), String(decoding: written, as: UTF8.self))
                }
                let note: Comment = "\(table.debugDescription), \(column.debugDescription), \(text.debugDescription), seed \(hostile.seed)"
                #expect(kept == text && written == line, note)
            }
        }
    }

    @Test("Quoted names stay names in LISTEN") func namesStayNamesInListen() async throws {
        try await withTreasure { pool in
            let count = 60
            var hostile = HostileStrings(SeededRandom("hostile channels", count: count))
            let channels = Set((0..<count).map { _ in hostile.name() })
            var events = try await pool.listen(to: Array(channels)).makeAsyncIterator()
            for channel in channels {
                let text = hostile.next()
                try await pool.execute("select pg_notify(\(channel), \(text))")
                #expect(await events.next() == .notification(channel: channel, payload: text), "seed \(hostile.seed)")
            }
        }
    }

    /// The same check finds the fault in statements put together from text.
    @Test("The injection test detects spliced values") func splicedValuesAreFoundOut() async throws {
        try await withPool(maximum: 2) { pool async throws in
            var hostile = HostileStrings(SeededRandom(seed: 7))
            var caught = 0
            for _ in 0..<50 {
                let text = hostile.next()
                let seen = try? await pool.value(SQL(unsafeRaw: "select '\(text)'::text"), as: String.self)
                if seen != text { caught += 1 }
            }
            #expect(caught > 25)
        }
    }

    /// Runs `body` beside what the hostile strings are after, and looks whether it is still there.
    private func withTreasure(_ body: (PostgresPool) async throws -> Void) async throws {
        try await withPool(maximum: 4) { pool async throws in
            try await pool.executeScript(
                "drop table if exists treasure; create table treasure (id int, label text); insert into treasure values (1, 'gold')")
            try await body(pool)
            #expect(try await pool.query("select * from treasure").count == 1)
            #expect(try await pool.value("select label from treasure", as: String.self) == "gold")
        }
    }

    /// Where `text` came back changed, if anywhere.
    private func binds(_ text: String, _ pool: PostgresPool) async -> String? {
        do {
            if let problem = try await bindsAlone(text, pool) { return problem }
            return try await bindsInLiterals(text, pool)
        } catch {
            return "\(error)"
        }
    }

    private func bindsAlone(_ text: String, _ pool: PostgresPool) async throws -> String? {
        // As long as a name can be.
        let quoted = SQL.identifier(HostileStrings.name(of: "n" + text + text))
        let row = try await pool.query(
            """
            select \(text), \(text)::text || \(text), \([text, "x", text]), \(text as String?), length(\(text)), \(quoted).\(quoted),
                (select count(*) from treasure where label = \(text)), \("before ")::text || \(SQL("\(text)")) || \(" behind")
            from (select \(text)::text) as \(quoted) (\(quoted))
            """)[0]
        if try row.get(0, as: String.self) != text { return "alone" }
        if try row.get(1, as: String.self) != text + text { return "twice" }
        if try row.get(2, as: [String].self) != [text, "x", text] { return "in an array" }
        if try row.get(3, as: String?.self) != text { return "optional" }
        if try row.get(4, as: Int.self) != text.unicodeScalars.count { return "its length" }
        if try row.get(5, as: String.self) != text { return "under a hostile name" }
        if try row.get(6, as: Int.self) != 0 { return "in a condition" }
        if try row.get(7, as: String.self) != "before \(text) behind" { return "in a spliced fragment" }
        return nil
    }

    /// What the client, or the server, reads by a grammar of its own.
    private func bindsInLiterals(_ text: String, _ pool: PostgresPool) async throws -> String? {
        let (untyped, json) = (PostgresUntyped(text), JSONValue.string(text))
        let object: JSONValue = [text: json]
        let row = try await pool.query(
            """
            select \(untyped)::text, \([untyped, PostgresUntyped("x"), untyped])::text[], \(json), \(object), \(object)::json,
                \(json) #>> '{}', (\(object) -> \(text)) #>> '{}', (select count(*) from treasure where label = \(untyped))
            """)[0]
        if try row.get(0, as: String.self) != text { return "untyped" }
        if try row.get(1, as: [String].self) != [text, "x", text] { return "in an untyped array" }
        if try row.get(2, as: JSONValue.self) != json { return "as JSON" }
        if try row.get(3, as: JSONValue.self) != object { return "as a member of JSON" }
        if try row.get(4, as: JSONValue.self) != object { return "as the text of JSON" }
        if try row.get(5, as: String.self) != text { return "out of JSON" }
        if try row.get(6, as: String.self) != text { return "as a path into JSON" }
        if try row.get(7, as: Int.self) != 0 { return "untyped in a condition" }
        return nil
    }
}

/// Strings made of what has broken out of quotes before; the same ones for the same seed.
private struct HostileStrings {
    private var random: SeededRandom

    var seed: UInt64 { random.seed }

    private static let parts = [
        "'", "''", "\"", "\\", "\\'", ";", "--", "/*", "*/", "$1", "$2", "$$", "$tag$", "%s", "%n", "E'", "U&'", "\n", "\r", "\t", "\u{1}",
        "\u{7f}", "\u{a0}", "\u{2019}", "\u{ff07}", "ʼ", "é", "😀", "\u{202e}", "\u{fffd}", "\u{10ffff}", " or 1=1",
        "); drop table treasure; --",
        "'; delete from treasure; select '", "' union select label from treasure --", "\\'; truncate treasure; --", "null", "0", " ", "a",
        "gold'",
        "{", "}", "[\"", "\\u0027", "::text", "|| (select label from treasure) ||",
    ]

    init(_ random: SeededRandom) { self.random = random }

    mutating func next() -> String {
        (0..<Int.random(in: 1...12, using: &random)).map { _ in HostileStrings.parts.randomElement(using: &random) ?? "" }.joined()
    }

    mutating func name() -> String { HostileStrings.name(of: next()) }

    /// As much of it as a name may have: 63 bytes.
    static func name(of text: String) -> String {
        var name = String.UnicodeScalarView()
        var length = 0
        for scalar in text.unicodeScalars {
            length += UTF8.width(scalar)
            if length > 63 { break }
            name.append(scalar)
        }
        return String(name)
    }
}
