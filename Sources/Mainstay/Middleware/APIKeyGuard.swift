import BetterAuth
import HTTPTypes
import Hummingbird
import TypedAPI

/// Establishes which organization a program acts for, by `Authorization: Bearer <api key>`.
///
/// Every refusal of a key reads the same, so that nothing can be learned about keys by trying. Whoever has a valid one is told when it is only
/// their address that is wrong.
struct APIKeyGuard: RequestGuard {
    let keys: APIKeyService

    func admitAtOnce(_ request: Request, _ context: AppContext) throws -> ProgramContext? {
        guard let program = keys.known(try key(of: request)) else { return nil }
        try check(program, context)
        return ProgramContext(context, program)
    }

    func admit(_ request: Request, _ context: AppContext) async throws -> ProgramContext {
        guard let program = try await keys.identify(try key(of: request)) else { throw refusal }
        try check(program, context)
        await keys.noteUse(of: program.key, logger: context.logger)
        return ProgramContext(context, program)
    }

    private func check(_ program: ProgramIdentity, _ context: AppContext) throws {
        guard !program.found.admits(context.clientAddress) else { return }
        throw Problem(
            .addressNotAllowed, detail: "This API key may not be used from \(context.clientAddress ?? "an unknown address").")
    }

    private func key(of request: Request) throws -> String {
        guard let key = Self.bearerToken(request.headers.value(of: .authorization)) else { throw refusal }
        return key
    }

    private var refusal: Problem { Problem(.invalidAPIKey, headers: [.wwwAuthenticate: "Bearer realm=\"mainstay\""]) }

    /// The token of `Bearer <token>`, the scheme in any case, with one space or more behind it (RFC 9110, section 11.4); nil for anything else, and
    /// for tokens no key of ours can be.
    static func bearerToken(_ header: String?) -> String? {
        guard var header, (8...512).contains(header.utf8.count) else { return nil }
        let start = header.withUTF8 { bytes -> Int? in
            for (index, letter) in "bearer ".utf8.enumerated() where bytes[index] != letter && bytes[index] | 0x20 != letter {
                return nil
            }
            let space = UInt8(ascii: " ")
            guard bytes[6] == space, let start = bytes[7...].firstIndex(where: { $0 != space }) else { return nil }
            return bytes[start...].contains(space) ? nil : start
        }
        return start.map { String(Substring(header.utf8.dropFirst($0))) }
    }
}
