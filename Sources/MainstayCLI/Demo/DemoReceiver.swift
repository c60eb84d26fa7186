import HTTPDelivery
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Primitives
import Synchronization

/// The customer's side of the story: a small HTTP server on 127.0.0.1 that checks each delivery's signature before it believes it.
///
/// It knows of a queue only the path that was made up for it and the signing secret which creating the queue answered.
final class DemoReceiver: Sendable {
    /// How deliveries on one path are met.
    struct Endpoint: Sendable {
        var secret: SigningSecret?
        /// The answer to a delivery whose signature verifies.
        let status: Int
        /// Whether deliveries are kept in the log; a probe's are not.
        let isLogged: Bool
    }

    let log = DeliveryLog()
    private let endpoints = Mutex<[String: Endpoint]>([:])
    private let logger: Logger

    static let maximumBodyBytes = 4 << 20

    init(logger: Logger) { self.logger = logger }

    /// Opens a path that nobody can guess, such as `/orders-k3v9…`. Without a secret it refuses everything.
    func open(_ name: String, answering status: Int = 200, secret: SigningSecret? = nil, isLogged: Bool = true) -> String {
        let path = "/\(name)-\(SecureRandom.string(12, alphabet: .alphanumeric))"
        endpoints.withLock { $0[path] = Endpoint(secret: secret, status: status, isLogged: isLogged) }
        return path
    }

    func trust(_ secret: SigningSecret, on path: String) { endpoints.withLock { $0[path]?.secret = secret } }

    /// A path that checks with the secret of another one and keeps nothing.
    func openProbe(like path: String) -> String {
        open("probe", secret: endpoints.withLock { $0[path]?.secret }, isLogged: false)
    }

    /// Serves until the task is cancelled, on a port of the system's choice which `onPort` learns.
    func run(onPort: @escaping @Sendable (Int) async -> Void) async throws {
        let router = Router()
        router.post("/{path}") { request, context in
            let body = try await request.body.collect(upTo: Self.maximumBodyBytes)
            return self.answer(path: request.uri.path, fields: request.headers, body: Array(body.readableBytesView))
        }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in await onPort(channel.localAddress?.port ?? 0) }, logger: logger)
        try await application.run()
    }

    private func answer(path: String, fields: HTTPFields, body: [UInt8]) -> Response {
        guard let endpoint = endpoints.withLock({ $0[path] }) else { return Response(status: .notFound) }
        let headers = fields.map { ($0.name.rawName, $0.value) }
        let refusal = Self.refusal(headers: headers, body: body, secret: endpoint.secret)
        let delivery = ReceivedDelivery(
            path: path, messageID: Self.value(of: StandardWebhooks.idHeader, in: headers) ?? "",
            attempt: Self.value(of: "mainstay-attempt", in: headers).flatMap { Int($0) }, headers: headers, body: body,
            receivedAt: .now, refusal: refusal)
        if endpoint.isLogged { log.append(delivery) }
        if let refusal { return Self.text("refused: \(refusal)\n", status: .unauthorized) }
        let status = HTTPResponse.Status(code: endpoint.status)
        return Self.text(status.kind == .successful ? "thank you\n" : "not today\n", status: status)
    }

    private static func refusal(headers: [(String, String)], body: [UInt8], secret: SigningSecret?) -> String? {
        guard let secret else { return "no signing secret is known for this path" }
        do throws(StandardWebhooksError) {
            try StandardWebhooks(secret: secret).verify(headers: headers, body: body)
            return nil
        } catch {
            return error.detail
        }
    }

    private static func value(of name: String, in headers: [(String, String)]) -> String? {
        headers.first { $0.0.lowercased() == name }?.1
    }

    private static func text(_ text: String, status: HTTPResponse.Status) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
