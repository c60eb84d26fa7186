import HTTPTypes
import TypedAPI

/// `GET /error`: where failed redirects end; leads on to the application's own page.
struct ErrorPage: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/error"

    func handle(_ input: NoInput, _ call: inout AuthCall) async throws -> AuthReply<NoOutput> {
        let given = call.query["error"] ?? ""
        let isPlain = !given.isEmpty && given.utf8.allSatisfy(Self.isCodeByte)
        let code = isPlain ? given : "UNKNOWN"
        return .redirect(to: "/?error=\(PercentEncoding.encodeComponent(code))")
    }

    private static func isCodeByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "_'-".utf8.contains(byte)
        }
    }
}
