import Logging
import Testing

@testable import HTTPDelivery

let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A client that may reach the test server.
func makeClient(
    allow: [String] = ["127.0.0.0/8", "::1"], _ change: (inout OutgoingHTTPConfiguration) -> Void = { _ in }
) throws -> OutgoingHTTP {
    var configuration = OutgoingHTTPConfiguration(allow: try allow.map { try AllowedDestination($0) })
    change(&configuration)
    return try OutgoingHTTP(configuration, logger: logger)
}

/// The code of the error that `body` must throw.
func failure<R>(of body: () async throws -> R) async -> OutgoingError.Code? {
    do {
        _ = try await body()
        Issue.record("no error was thrown")
        return nil
    } catch {
        return (error as? OutgoingError)?.code
    }
}

extension OutgoingResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}
