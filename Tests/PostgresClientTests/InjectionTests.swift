import PostgresClient
import Testing

/// No value bound through interpolation becomes SQL, whatever it holds.
@Suite struct InjectionTests {
    @Test(.timeLimit(.minutes(2))) func boundValuesStayValues() async throws {
        try await withPool(maximum: 4) { pool async throws in
            try await pool.executeScript(
                "drop table if exists treasure; create table treasure (id int, label text); insert into treasure values (1, 'gold')")
            var hostile = HostileStrings(seed: .random(in: .min ... .max))
            let count = 400
            print("InjectionTests: seed \(hostile.seed), \(count) strings")
            for _ in 0..<count {
                let text = hostile.next()
                let unequal = await binds(text, pool)
                #expect(unequal == nil, "\(unequal ?? "") with \(text.debugDescription), seed \(hostile.seed)")
            }
            #expect(try await pool.query("select * from treasure").count == 1)
            #expect(try await pool.value("select label from treasure", as: String.self) == "gold")
        }
    }

    /// The same check finds the fault in statements put together from text.
    @Test(.timeLimit(.minutes(5))) func splicedValuesAreFoundOut() async throws {
        try await withPool(maximum: 2) { pool async throws in
            var hostile = HostileStrings(seed: 7)
            var caught = 0
            for _ in 0..<50 {
                let text = hostile.next()
                let seen = try? await pool.value(SQL(unsafeRaw: "select '\(text)'::text"), as: String.self)
                if seen != text { caught += 1 }
            }
            #expect(caught > 25)
        }
    }

    /// Where `text` came back changed, if anywhere.
    private func binds(_ text: String, _ pool: PostgresPool) async -> String? {
        struct Label: Codable, Equatable { var label: String }
        let quoted = SQL.identifier("n" + text.unicodeScalars.prefix(20).map(String.init).joined())
        do {
            let row = try await pool.query(
                """
                select \(text), \(text)::text || \(text), \([text, "x", text]), \(text as String?), length(\(text)), \(text) as \(quoted),
                    (select count(*) from treasure where label = \(text)), \("before ")::text || \(SQL("\(text)")) || \(" behind")
                """)[0]
            if try row.get(0, as: String.self) != text { return "alone" }
            if try row.get(1, as: String.self) != text + text { return "twice" }
            if try row.get(2, as: [String].self) != [text, "x", text] { return "in an array" }
            if try row.get(3, as: String?.self) != text { return "optional" }
            if try row.get(4, as: Int.self) != text.unicodeScalars.count { return "its length" }
            if try row.get(5, as: String.self) != text { return "beside a hostile name" }
            if try row.get(6, as: Int.self) != 0 { return "in a condition" }
            if try row.get(7, as: String.self) != "before \(text) behind" { return "in a spliced fragment" }
            return nil
        } catch {
            return "\(error)"
        }
    }
}

/// Strings made of what has broken out of quotes before; the same ones for the same seed.
private struct HostileStrings {
    let seed: UInt64
    private var random: SplitMix

    private static let parts = [
        "'", "''", "\"", "\\", "\\'", ";", "--", "/*", "*/", "$1", "$2", "$$", "$tag$", "%s", "%n", "E'", "U&'", "\n", "\r", "\t", "\u{1}",
        "\u{7f}", "\u{a0}", "\u{2019}", "\u{ff07}", "ʼ", "é", "😀", "\u{202e}", "\u{fffd}", "\u{10ffff}", " or 1=1",
        "); drop table treasure; --",
        "'; delete from treasure; select '", "' union select label from treasure --", "\\'; truncate treasure; --", "null", "0", " ", "a",
        "gold'",
        "{", "}", "[\"", "\\u0027", "::text", "|| (select label from treasure) ||",
    ]

    init(seed: UInt64) {
        self.seed = seed
        random = SplitMix(state: seed)
    }

    mutating func next() -> String {
        (0..<Int.random(in: 1...12, using: &random)).map { _ in HostileStrings.parts.randomElement(using: &random) ?? "" }.joined()
    }
}

private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
