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
        guard let key = Self.bearerToken(request.headers.value(of: .authorization)), let program = try await keys.identify(key) else {
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
        guard var header, (8...512).contains(header.utf8.count) else { return nil }
        let isBearer = header.withUTF8 { bytes in
            for (index, letter) in "bearer ".utf8.enumerated() where bytes[index] != letter && bytes[index] | 0x20 != letter {
                return false
            }
            return bytes[6] == UInt8(ascii: " ") && !bytes.dropFirst(7).contains(UInt8(ascii: " "))
        }
        return isBearer ? String(header.utf8.dropFirst(7)) : nil
    }
}
