import PostgresClient
import Testing

/// Sends each of `values` and reads it back: plain, optional, as text, in arrays with and without NULL.
///
/// - Parameter text: What the server itself makes of each.
func roundTrip<T: PostgresEncodable & PostgresDecodable & Equatable & Sendable>(
    _ values: [T], text: [String]? = nil, location: SourceLocation = #_sourceLocation
) async throws {
    try await withPool(maximum: 1) { pool async throws in
        for (index, value) in values.enumerated() {
            let rows = try await pool.query("select \(value), \(value as T?), \(nil as T?), (\(value))::text")
            let (plain, some, none, written) = try rows[0].decode(T.self, T?.self, T?.self, String.self)
            #expect(plain == value, sourceLocation: location)
            #expect(some == value, sourceLocation: location)
            #expect(none == nil, sourceLocation: location)
            if let text { #expect(written == text[index], sourceLocation: location) }
        }
        let array = try await pool.query("select \(values), \([] as [T])")[0].decode([T].self, [T].self)
        #expect(array.0 == values, sourceLocation: location)
        #expect(array.1 == [], sourceLocation: location)
        let holes: [T?] = [nil] + values.map { $0 } + [nil]
        #expect(try await pool.query("select \(holes)")[0].decode([T?].self) == holes, sourceLocation: location)
        let refused = await postgresError { _ = try await pool.query("select \(holes)")[0].decode([T].self) }
        #expect(refused?.code == .decoding, sourceLocation: location)
    }
}
