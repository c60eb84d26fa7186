import HTTPTypes
import Hummingbird
import Logging
import TypedAPI

/// The middleware that every request passes, whoever it comes from.
struct HTTPStack {
    let configuration: Configuration
    let metrics: HTTPMetrics

    /// Probes ask all day: their answers are logged only when something is wrong.
    private static let quietRoutes: Set<String> = ["/health", "/ready", "/metrics"]

    /// Where better-auth's routes begin, which have rules of their own for paths.
    let authPath: String

    /// Around every route: errors become problems, and each resource has one address.
    func add(to router: Router<AppContext>) {
        router.add(middleware: ProblemMiddleware(baseURL: configuration.baseURL, translate: StoreProblems.translate))
        router.add(middleware: StrictPathMiddleware(exempt: authPath))
    }

    /// Around the whole router, from the inside out: sees also what no route answers, and what ends at its deadline.
    func responder(for router: Router<AppContext>) -> some HTTPResponder<AppContext> {
        let (metrics, baseURL) = (metrics, configuration.baseURL)
        // Cookies only for the origins that may send them anyway; keys from wherever the operator says.
        let own = CORSPolicy(origins: configuration.trustedOrigins, allowsCredentials: true)
        return router.buildResponder().within(
            CORSMiddleware([
                ("/v1", CORSPolicy(origins: configuration.corsOrigins, allowsCredentials: false)),
                ("/admin", own), ("/superadmin", own), (authPath, own),
            ])
        )
        .within(SecurityHeadersMiddleware(isHTTPS: baseURL.hasPrefix("https:")))
        .within(
            RequestRecordMiddleware {
                metrics.began()
            } ended: { record, context in
                metrics.ended(record)
                Self.log(record, context.logger)
            }
        )
        .within(RequestIDMiddleware())
        .within(ClientAddressMiddleware(TrustedProxies(configuration.trustedProxies)))
        .within(HeadMiddleware())
    }

    /// One line a request: who asked what, and how it went. Never the query, a header that grants anything, or a body.
    private static func log(_ record: RequestRecord, _ logger: Logger) {
        let isQuiet = record.status.code < 500 && record.route.map(quietRoutes.contains) == true
        let level: Logger.Level = isQuiet ? .debug : .info
        guard level >= logger.logLevel else { return }
        var metadata: Logger.Metadata = [
            "method": .string(record.method.rawValue), "path": .string(String(record.path.prefix(512))),
            "status": .stringConvertible(record.status.code), "duration.ms": .stringConvertible(record.duration.milliseconds),
        ]
        if let route = record.route { metadata["route"] = .string(route) }
        if let bytes = record.bodyBytes { metadata["bytes"] = .stringConvertible(bytes) }
        if let client = record.clientAddress { metadata["client"] = .string(client) }
        if let agent = record.userAgent { metadata["user_agent"] = .string(String(agent.prefix(256))) }
        if let tenant = record.tenant { metadata["organization.id"] = .string(tenant) }
        logger.log(level: level, "Request", metadata: metadata)
    }
}
