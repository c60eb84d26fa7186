import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import TypedAPI

/// Puts a responder behind a socket, with limits on everything a caller could make large or slow.
struct HTTPServer {
    let configuration: Configuration
    let port: Int
    let stack: HTTPStack
    let check: StartCheck
    let logger: Logger

    private var limits: ServerLimits {
        var limits = ServerLimits()
        limits.respond = configuration.requestTimeout
        // Silence while a request is worked on is not idleness.
        limits.idle = max(limits.idle, limits.respond + .seconds(10))
        // What is left of the grace is for the last answers to reach their callers.
        limits.stop = configuration.shutdownGrace - min(.seconds(2), configuration.shutdownGrace / 5)
        return limits
    }

    /// Four fifths of the files a process may have open, so that the stores' connections and the log always find one.
    private static func maximumConnections() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 800 }
        return max(64, Int(clamping: min(limit.rlim_cur, 100_000)) * 4 / 5)
    }

    /// - Parameter onServing: called with the bound port once HTTP is answered.
    func service(_ router: Router<AppContext>, onServing: @escaping @Sendable (Int) async -> Void = { _ in }) -> some Service {
        let (logger, metrics, cors, baseURL, check) = (logger, stack.metrics, stack.cors, configuration.baseURL, check)
        let proxies = TrustedProxies(configuration.trustedProxies)
        var application = Hummingbird.Application(
            responder: stack.responder(for: router),
            server: .guarded(
                limits, baseURL: baseURL, connections: metrics.connections,
                overdue: Problem(.timedOut, headers: [.retryAfter: "1"]), stopping: Problem(.stopped, headers: [.retryAfter: "1"]),
                complete: { request, headers in
                    if let head = request.head { cors.mark(&headers, answering: head) }
                },
                onRefusal: { request, status in
                    metrics.refused(status)
                    let client = proxies.clientAddress(peer: request.clientAddress, headers: request.head?.headerFields ?? [:])
                    logger.info(
                        "Request refused",
                        metadata: [
                            "status": .stringConvertible(status.code), "client": .string(client ?? ""),
                            "request.id": .string(request.id),
                        ])
                }),
            configuration: .init(
                address: .hostname(configuration.host, port: port), serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(Self.maximumConnections())),
            onServerRunning: { channel in
                let (host, port) = (channel.localAddress?.ipText ?? "", channel.localAddress?.port ?? 0)
                logger.info("Listening", metadata: ["address": "\(host.contains(":") ? "[\(host)]" : host):\(port)"])
                await onServing(port)
            },
            logger: logger)
        application.beforeServerStarts { guard try await check.run() else { throw CancellationError() } }
        return CheckedServer(application: application)
    }
}

/// A server that ends well when it is told to before it has begun.
private struct CheckedServer<Application: Service>: Service {
    let application: Application

    func run() async throws {
        do {
            try await application.run()
        } catch is CancellationError where Task.isShuttingDownGracefully {
            // Nothing was accepted.
        }
    }
}
