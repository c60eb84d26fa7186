import ArgumentParser
import Foundation
import Logging
import Mainstay
import TypedAPI

struct OpenAPICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openapi", abstract: "Print the OpenAPI document of one tier of the API. Needs no settings and no stores.")

    @Option(
        help: "v1 is for programs with an API key, admin for members, superadmin for operators.",
        transform: { text in
            guard let tier = APITier(rawValue: text) else { throw ValidationError("'\(text)' is none of v1, admin and superadmin.") }
            return tier
        })
    var tier: APITier = .v1

    // For scripts/document-problems.
    @Flag(help: .hidden) var problems = false

    @Option(help: "Where the API is served; BASE_URL if left out.")
    var baseURL: String?

    func run() async throws {
        if problems { return try Console.result(ProblemsDocument.text, terminator: "") }
        try await Launcher.reportingFailure {
            let address = baseURL ?? ProcessInfo.processInfo.environment["BASE_URL"] ?? "http://127.0.0.1:3000"
            // Nothing is connected to and nothing sealed: the endpoints are only asked what they are.
            let sources = SettingSources(
                mode: .serve, arguments: SettingArguments([], assignments: []),
                environment: [
                    "DATABASE_URL": "postgres://localhost/mainstay", "REDIS_URL": "redis://localhost",
                    "BETTER_AUTH_SECRET": String(repeating: "unused-", count: 8),
                    "ENCRYPTION_KEYS": "1:" + Data(count: 32).base64EncodedString(), "BASE_URL": address,
                ], file: nil)
            let application = try MainstayApplication(
                configuration: sources.configuration(), logger: Logger(label: "mainstay", factory: { _ in SwiftLogNoOpLogHandler() }))
            guard let document = try application.documents()[tier] else { throw LaunchError(description: "There is no such tier.") }
            try Console.result(String(decoding: document.bytes, as: UTF8.self))
        }
    }
}
