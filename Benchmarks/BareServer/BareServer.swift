import Hummingbird
import Logging

/// Hummingbird with one route and nothing around it: what a request costs before anything of ours is paid for.
/// usage: bare-server PORT
@main
struct BareServer {
    static func main() async throws {
        let router = Router()
        router.get("/") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: #"{"status":"ok"}"#)))
        }
        var logger = Logger(label: "bare")
        logger.logLevel = .error
        let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8080
        let application = Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)), logger: logger)
        try await application.runService()
    }
}
