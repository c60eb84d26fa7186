import BetterAuth
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JSON
import Logging
import NIOCore
import PostgresClient
import Primitives
import Synchronization
import TestServices
import Testing
import TypedSQL

/// Auth over a database of the test's own, called as a browser or a program would.
struct TestServer: Sendable {
    let auth: Auth
    let database: PostgresPool
    let client: any TestClientProtocol
    let clock: TestClock

    static let secret = "better-auth-secret-123456789012345678901234567890"
    static let origin = "http://127.0.0.1:9911"

    /// Runs the test with a fresh server; everything ends with it.
    static func run(
        _ configure: (inout AuthConfiguration) -> Void = { _ in }, _ test: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        let services = try await TestServices.shared()
        let template = try await services.template("better_auth") { url in
            try await withPool(url) { pool in
                let statements = DatabaseSchema(tables: AuthSchema.tables + AuthSchema.additions).createStatements
                try await pool.withConnection { try await $0.executeScript(statements.joined(separator: ";\n")) }
            }
        }
        let url = try await services.freshDatabase(template: template)
        let clock = TestClock()
        var configuration = AuthConfiguration(baseURL: origin, secret: secret)
        configuration.now = { clock.now }
        configuration.rateLimit.isEnabled = false
        configure(&configuration)
        let settings = configuration
        try await withPool(url) { pool in
            let auth = try Auth(settings, database: pool, logger: Logger(label: "test"))
            let router = Router()
            auth.addRoutes(to: router) { request, _ in HTTPField.Name("x-test-address").flatMap { request.headers[$0] } }
            try await Application(router: router, logger: Logger(label: "test")).test(.router) { client in
                try await test(TestServer(auth: auth, database: pool, client: client, clock: clock))
            }
        }
    }

    private static func withPool(_ url: String, _ body: (PostgresPool) async throws -> Void) async throws {
        let pool = try PostgresPool(PostgresPoolConfiguration(url: url), logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            let result = await Result { try await body(pool) }
            await pool.close()
            group.cancelAll()
            while let _ = try? await group.next() {}
            try result.get()
        }
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, body: String? = nil, cookies: String? = nil, headers: [String: String] = [:]
    ) async throws -> Answer {
        var fields = HTTPFields()
        if body != nil { fields[.contentType] = "application/json" }
        if let cookies {
            fields[.cookie] = cookies
            fields[.origin] = Self.origin
        }
        for (name, value) in headers { fields[HTTPField.Name(name)!] = value.isEmpty ? nil : value }
        let response = try await client.execute(
            uri: path.hasPrefix("/api/") || path == "/api/auth" ? path : "/api/auth" + path, method: method, headers: fields,
            body: body.map { ByteBuffer(string: $0) })
        return Answer(status: response.status.code, headers: response.headers, text: String(buffer: response.body))
    }

    func post(_ path: String, _ body: JSONValue = [:], cookies: String? = nil, headers: [String: String] = [:]) async throws -> Answer {
        try await send(.post, path, body: body.text(), cookies: cookies, headers: headers)
    }

    func get(_ path: String, cookies: String? = nil) async throws -> Answer { try await send(.get, path, cookies: cookies) }

    /// A new user, signed in.
    func signUp(_ email: String = "al@example.com", name: String = "Al") async throws -> SignedIn {
        let answer = try await post("/sign-up/email", ["name": .string(name), "email": .string(email), "password": "password123"])
        let user = try #require(answer.json?["user"]?["id"]?.string, "\(answer)")
        return SignedIn(userID: user, cookies: answer.cookieHeader, token: try #require(answer.json?["token"]?.string))
    }

    struct SignedIn: Sendable {
        var userID: String
        var cookies: String
        var token: String
    }
}

/// An answer, read.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let text: String

    var json: JSONValue? { try? JSONValue(parsing: text) }
    var code: String? { json?["code"]?.string }
    var message: String? { json?["message"]?.string }
    var setCookies: [String] { headers[values: .setCookie] }
    /// What a browser would send back.
    var cookieHeader: String {
        setCookies.filter { !$0.contains("Max-Age=0") }.compactMap { $0.split(separator: ";").first }.joined(separator: "; ")
    }
}

/// A clock that stands still until it is moved.
final class TestClock: Sendable {
    private let time = Mutex(Timestamp(rfc3339: "2026-11-22T09:43:32.001Z")!)
    var now: Timestamp { time.withLock { $0 } }
    func advance(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
}

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
