import BetterAuth
import BullMQ
import BullMQOutbox
import Foundation
import HTTPDelivery
import HTTPTypes
import Hummingbird
import HummingbirdCore
public import Logging
public import Mail
import NIOCore
import PostgresClient
import RedisClient
public import ServiceLifecycle
public import TypedAPI

/// What a process does: answer HTTP, deliver messages, or both.
public struct ApplicationRoles: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Serves the HTTP API and accepts messages.
    public static let server = ApplicationRoles(rawValue: 1)
    /// Delivers messages, relays the outbox, reconciles.
    public static let worker = ApplicationRoles(rawValue: 2)
}

/// Mainstay, built from a configuration: the one place where its parts meet.
public struct MainstayApplication: Sendable {
    private let configuration: Configuration
    private let logger: Logger
    private let database: Database
    private let redis: Redis
    private let queues: QueueManager
    private let outbox: Outbox
    private let publisher: MessagePublisher
    private let http: OutgoingHTTP
    private let auth: Auth
    private let mail: MailService?
    private let mailbox: DevelopmentMailbox?
    private let idempotency: IdempotencyService

    private let probe: StoreProbe
    private let cache: TenantCache
    private let metrics = HTTPMetrics()

    /// - Parameter mailbox: Keeps mail instead of sending it, and shows it at `/dev/mail`, when no mail server is set.
    public init(configuration: Configuration, mailbox: DevelopmentMailbox? = nil, logger: Logger) throws {
        self.configuration = configuration
        self.logger = logger
        database = try Database(configuration: configuration, logger: logger)
        redis = try Redis(url: configuration.redisURL, logger: logger, name: "mainstay")
        cache = TenantCache(database: database, logger: logger)
        probe = StoreProbe(database: database, redis: redis, logger: logger)
        queues = QueueManager(redis: redis, logger: logger)
        outbox = queues.outbox(database)
        idempotency = IdempotencyService(database: database, encryption: configuration.encryptionKeys)
        publisher = MessagePublisher(database: database, outbox: outbox, idempotency: idempotency, logger: logger)
        http = try OutgoingHTTP(
            OutgoingHTTPConfiguration(
                allow: configuration.outgoingAllow, maximumConnections: max(256, configuration.workerConcurrency),
                // A job that waits for its host holds a slot that another job could use.
                maximumConnectionsPerHost: configuration.connectionsPerHost ?? configuration.workerConcurrency,
                userAgent: "Mainstay/\(Version.current)"), logger: logger)
        self.mailbox = configuration.smtp == nil ? mailbox : nil
        let mailer: (any Mailer)? = try configuration.smtp.map { try SMTPMailer($0) } ?? mailbox
        let templates = try MailTemplates(LetterTemplates.all, overriddenIn: configuration.mailTemplates)
        let mail = mailer.map {
            MailService(
                mailer: $0, templates: templates, from: configuration.mailFrom, baseURL: configuration.baseURL, logger: logger)
        }
        self.mail = mail
        auth = try Auth(Self.authConfiguration(configuration, mail, redis, database), database: database.app, logger: logger)
    }

    /// Where it differs from better-auth's defaults, and why: `docs/betterauth/defaults.md`, which holds every setting.
    private static func authConfiguration(
        _ configuration: Configuration, _ mail: MailService?, _ redis: Redis, _ database: Database
    ) -> AuthConfiguration {
        var settings = AuthConfiguration(
            baseURL: configuration.baseURL, secret: configuration.authSecret, trustedOrigins: configuration.trustedOrigins)
        settings.rateLimit.isEnabled = configuration.authRateLimit == .on
        settings.rateLimit.store = RedisRateLimits(redis: redis)
        settings.bearer.isEnabled = true
        settings.emailVerification.sendsOnSignUp = true
        settings.emailAndPassword.revokesSessionsOnReset = true
        settings.emailAndPassword.revokesOtherSessionsOnChange = true
        settings.changeEmail.isEnabled = true
        settings.deleteUser.isEnabled = true
        settings.deleteUser.verifiesByMail = true
        settings.organizations.access = .mainstay
        // A member, or somebody who signed up with an invited address that is not theirs, must not become what the invitation offers.
        settings.organizations.requiresVerifiedEmail = true
        settings.organizations.pendingInvitationAudience = .inviters
        settings.organizations.limitsRolesToGiver = true
        settings.organizations.organizationLimit = 100
        var customRoles = CustomRoleConfiguration()
        customRoles.maximumPerOrganization = 100
        settings.organizations.customRoles = customRoles
        settings.hooks.apiKeyLimit = APIKeyService.limit(database)
        settings.apiKeyAdditions.isEnabled = true
        // better-auth counts UTF-16 units and `/admin/api-keys` characters: 32 of them must pass here, too.
        for index in settings.apiKeys.indices where settings.apiKeys[index].owner == .organization {
            settings.apiKeys[index].nameLength = 1...64
        }
        if let mail { settings.sendLetter = { try mail.post($0) } }
        return settings
    }

    /// The services of a process with these roles, in the order of their dependencies: shutdown runs it backwards.
    ///
    /// - Parameter onServing: called with the bound port once HTTP is answered.
    public func services(_ roles: ApplicationRoles, onServing: @escaping @Sendable (Int) async -> Void = { _ in }) throws -> [any Service] {
        var services: [any Service] = [
            PoolService(pool: database.app), PoolService(pool: database.system), RedisService(redis: redis),
        ]
        let check = StartCheck(database: database, redis: redis, logger: logger)
        // Every process: partitions must be there before the first message, whichever processes run.
        services.append(MaintenanceService(database: database, check: check, logger: logger))
        if !roles.contains(.server), let port = configuration.metricsPort {
            // Below the worker, so that it can be watched while it finishes.
            services += [probe, server(on: port, check: check).service(watchRouter())]
        }
        if roles.contains(.worker) {
            let messages = MessageStore(database: database)
            let processor = DeliverProcessor(messages: messages, encryption: configuration.encryptionKeys, http: http, logger: logger)
            let worker = queues.deliverWorker(concurrency: configuration.workerConcurrency, processor: processor)
            services += [
                RelayService(relay: OutboxRelay(outbox: outbox, logger: logger), check: check),
                ReconcilerService(
                    reconciler: Reconciler(queue: queues.deliverQueue, outbox: outbox), mirror: GroupMirror(queue: queues.deliverQueue),
                    database: database, redis: redis, check: check, logger: logger),
                OrganizationRemovalService(
                    removal: OrganizationRemoval(database: database.system, queue: queues.deliverQueue, logger: logger), check: check,
                    logger: logger),
                OutgoingHTTPService(http: http),
                WorkerService(worker: worker, check: check, grace: configuration.shutdownGrace, logger: logger),
            ]
        }
        if roles.contains(.server) {
            if let mail { services.append(mail) }
            services += [probe, cache, publisher, server(on: configuration.port, check: check).service(try router(), onServing: onServing)]
        }
        return services
    }

    private func server(on port: Int, check: StartCheck) -> HTTPServer {
        HTTPServer(configuration: configuration, port: port, stack: stack, check: check, logger: logger)
    }

    private var stack: HTTPStack {
        HTTPStack(
            configuration: configuration, metrics: metrics, log: AccessLog(level: configuration.logLevel, format: configuration.logFormat),
            auth: auth)
    }

    /// What a process without the API answers.
    private func watchRouter() -> Router<AppContext> {
        let router = Router(context: AppContext.self, options: .autoGenerateHeadEndpoints)
        addWatchRoutes(to: router)
        router.addMethodProblems()
        return router
    }

    private func addWatchRoutes(to router: Router<AppContext>) {
        HealthRoutes(probe: probe).add(to: router)
        MetricsRoutes(http: metrics, database: database, queue: queues.deliverQueue, probe: probe, token: configuration.metricsToken)
            .add(to: router)
    }

    private func router() throws -> Router<AppContext> { try routes().router }

    /// What the API says of itself, without anything being started.
    public func documents() throws -> [APITier: OpenAPIDocument] { try routes().documents }

    private func routes() throws -> (router: Router<AppContext>, documents: [APITier: OpenAPIDocument]) {
        let router = Router(context: AppContext.self, options: .autoGenerateHeadEndpoints)
        addWatchRoutes(to: router)
        FrontPages(auth: auth, probe: probe, baseURL: configuration.baseURL).add(to: router)
        ProblemPages().add(to: router)
        InvitationPages(auth: auth).add(to: router)
        if let mailbox { MailboxRoutes(mailbox: mailbox).add(to: router) }
        auth.addRoutes(to: router) { _, context in context.clientAddress }
        let api = APIRoutes(
            baseURL: configuration.baseURL, auth: auth, keys: APIKeyService(auth: auth, database: database, cache: cache),
            projects: ProjectService(database: database, cache: cache),
            queues: QueueService(database: database, encryption: configuration.encryptionKeys, cache: cache),
            usage: UsageService(database: database), idempotency: idempotency, messages: MessageStore(database: database),
            publisher: publisher)
        let documents = try api.add(to: router)
        router.addMethodProblems()
        return (router, documents)
    }
}
