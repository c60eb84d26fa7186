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
    let metrics: HTTPMetrics
    let check: StartCheck
    let logger: Logger

    private var limits: ServerLimits {
        var limits = ServerLimits()
        limits.respond = configuration.requestTimeout
        // Silence while a request is worked on is not idleness.
        limits.idle = max(limits.idle, limits.respond + .seconds(10))
        return limits
    }

    /// Four fifths of the files a process may have open, so that the stores' connections and the log always find one.
    private static func maximumConnections() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 800 }
        return max(64, Int(clamping: min(limit.rlim_cur, 100_000)) * 4 / 5)
    }

    /// - Parameter onServing: called with the bound port once HTTP is answered.
    func service(
        _ responder: some HTTPResponder<AppContext>, onServing: @escaping @Sendable (Int) async -> Void
    ) -> some Service {
        let (logger, metrics, baseURL, check) = (logger, metrics, configuration.baseURL, check)
        var application = Hummingbird.Application(
            responder: responder,
            server: .guarded(
                limits, baseURL: baseURL, connections: metrics.connections,
                overdue: Problem(.timedOut, headers: [.retryAfter: "1"]),
                onRefusal: { request, status in
                    metrics.refused(status)
                    logger.info(
                        "Request refused",
                        metadata: [
                            "status": .stringConvertible(status.code), "client": .string(request.clientAddress ?? ""),
                            "request.id": .string(request.id ?? ""),
                        ])
                }),
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port), serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(Self.maximumConnections())),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? 0
                logger.info("Listening", metadata: ["address": "\(channel.localAddress.map(String.init(describing:)) ?? "")"])
                await onServing(port)
            },
            logger: logger)
        application.beforeServerStarts { try await check.run() }
        return application
    }
}
