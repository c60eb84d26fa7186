import HTTPTypes
import Hummingbird
import Logging
import TypedAPI

/// Establishes which organization a program acts for, by `Authorization: Bearer <api key>`.
///
/// Every refusal reads the same, so that nothing can be learned about keys by trying.
struct APIKeyAuth: RouterMiddleware {
    let keys: APIKeyService

    func handle(_ request: Request, context: AppContext, next: Next<AppContext>) async throws -> Response {
        guard let key = Self.bearerToken(request.headers[.authorization]), let program = try await keys.identify(key) else {
            throw Problem(.invalidAPIKey, headers: [.wwwAuthenticate: "Bearer realm=\"mainstay\""])
        }
        var context = context
        context.program = program
        context.notes.tenant = program.scope.organizationID
        await keys.noteUse(of: program.key, logger: context.logger)
        return try await next(request, context)
    }

    /// The token of `Bearer <token>`, the scheme in any case; nil for anything else, and for tokens no key of ours can be.
    static func bearerToken(_ header: String?) -> String? {
        guard let header, header.utf8.count <= 512 else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        let token = String(parts[1])
        return token.isEmpty || token.contains(" ") ? nil : token
    }
}
