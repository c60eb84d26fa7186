import BetterAuth
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Logging
import Mail
import PostgresClient
import Primitives
import TypedSQL

/// Serves the auth routes alone, with the settings that tests in other languages ask for in `AUTH_DRIVER`, a JSON text.
///
/// Below `/__test/` it tells what a user would find in the mailbox and what was audited, moves the clock, and verifies keys.
@main
struct AuthDriver {
    static func main() async {
        do {
            try await serve()
        } catch {
            FileHandle.standardError.write(Data("auth-driver: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func serve() async throws {
        let environment = ProcessInfo.processInfo.environment
        let wish = try JSONValue(parsing: environment["AUTH_DRIVER"] ?? "{}")
        guard let url = wish["databaseURL"]?.string, let port = wish["port"]?.int else {
            throw DriverError(description: "AUTH_DRIVER needs databaseURL and port")
        }
        var logger = Logger(label: "auth-driver")
        logger.logLevel = .warning
        let pool = try PostgresPool(PostgresPoolConfiguration(url: url), logger: logger)
        let world = DriverWorld()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            if wish["createTables"] == true {
                let additions = wish["keyAdditions"] == true ? AuthSchema.additions : []
                let statements = DatabaseSchema(tables: AuthSchema.tables + additions).createStatements
                try await pool.withConnection { try await $0.executeScript(statements.joined(separator: ";\n")) }
            }
            let auth = try Auth(try DriverSettings(wish, world).configuration(port: port), database: pool, logger: logger)
            if wish["checksDatabase"] == true { try await auth.checkDatabase() }
            let router = Router()
            auth.addRoutes(to: router) { request, _ in address(of: request) }
            router.get("/health") { _, _ in "ok" }
            DriverRoutes(auth: auth, world: world).add(to: router)
            let application = Application(
                router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)), logger: logger)
            try await application.run()
            await pool.close()
            group.cancelAll()
        }
    }

    /// A header with exactly one address is believed, as better-auth does by default.
    private static func address(of request: Request) -> String? {
        guard let name = HTTPField.Name("x-forwarded-for"), let value = request.headers[name], !value.contains(",") else { return nil }
        return value
    }
}

struct DriverError: Error, CustomStringConvertible {
    let description: String
}
