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
        guard let header, (8...512).contains(header.utf8.count), header.utf8.prefix(7).elementsEqual("bearer ".utf8, by: Self.matches)
        else {
            return nil
        }
        let token = header.utf8.dropFirst(7)
        return token.contains(UInt8(ascii: " ")) ? nil : String(token)
    }

    /// Whether `byte` is `letter`, in either case.
    private static func matches(_ byte: UInt8, _ letter: UInt8) -> Bool {
        byte == letter || (65...90).contains(byte) && byte | 0x20 == letter
    }
}
