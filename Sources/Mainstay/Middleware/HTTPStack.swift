import BetterAuth
import HTTPTypes
import Hummingbird
import TypedAPI

/// The middleware that every request passes, whoever it comes from.
struct HTTPStack {
    let configuration: Configuration
    let metrics: HTTPMetrics
    let log: AccessLog

    /// Says where its routes begin, which have rules of their own for paths, and which origins it trusts.
    let auth: Auth

    /// Cookies only for the origins that may send them anyway; keys from wherever the operator says.
    var cors: CORSFilter<AppContext> {
        let auth = auth
        let own = CORSPolicy { auth.trusts(origin: $0) }
        return CORSFilter(
            [
                ("/v1", CORSPolicy(origins: configuration.corsOrigins)), ("/admin", own), ("/superadmin", own), (auth.basePath, own),
            ], exposing: CORSFilter<AppContext>.exposedHeaders + ["X-Retry-After"])
    }

    /// Around the whole router.
    func responder(for router: Router<AppContext>) -> some HTTPResponder<AppContext> {
        let (metrics, log, auth, baseURL) = (metrics, log, auth, configuration.baseURL)
        let filter = HeadFilter<AppContext>()
            .then(ClientAddressFilter(TrustedProxies(configuration.trustedProxies)))
            .then(RequestIDFilter())
            .then(
                RequestRecordFilter {
                    metrics.began()
                } ended: { record, _ in
                    metrics.ended(record)
                    log.write(record, path: auth.loggable(path: record.path))
                }
            )
            .then(SecurityHeadersFilter(isHTTPS: baseURL.hasPrefix("https:")))
            .then(cors)
            .then(RequestNotesFilter())
            .then(ServerOptionsFilter())
            .then(StrictPathFilter(exempt: auth.basePath, baseURL: baseURL))
        return FilteredResponder(
            router.buildResponder(), filter, errors: ErrorAnswers(baseURL: baseURL, translate: StoreProblems.translate),
            // Whatever the auth routes answer may hold a session beside what was asked.
            compression: ResponseCompression(exempt: [auth.basePath]))
    }
}
