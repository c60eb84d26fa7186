import ArgumentParser
import BetterAuth
import DevServices
import Foundation
import Logging
import Mail
import Mainstay
import NIOCore
import PostgresClient
import RedisClient
import ServiceLifecycle
import UnixSignals

/// A failure whose text is all the operator needs.
struct LaunchError: Error, CustomStringConvertible {
    let description: String
}

/// Starts a process from its configuration and turns whatever ends it badly into one clear answer.
enum Launcher {
    /// The exit code for settings that cannot be used: trying again without changing them is in vain.
    static let misconfigured = ExitCode(2)

    static func logger(_ configuration: Mainstay.Configuration) -> Logger {
        Logger(label: "mainstay") { LineLogHandler(label: $0, level: configuration.logLevel, format: configuration.logFormat) }
    }

    /// Runs the roles with these settings until SIGTERM or SIGINT.
    static func run(_ roles: ApplicationRoles, _ sources: SettingSources) async throws {
        let configuration = try sources.configuration()
        warn(sources, logger(configuration))
        try await run(roles, configuration: configuration)
    }

    /// Logs what looks like a mistake in the settings.
    static func warn(_ sources: SettingSources, _ logger: Logger) {
        for warning in sources.warnings { logger.warning("A setting looks like a mistake", metadata: ["hint": .string(warning)]) }
    }

    /// Runs the roles until SIGTERM or SIGINT, then shuts down within the configured grace.
    ///
    /// - Parameter beside: runs once HTTP is answered; when it returns true the process shuts down.
    static func run(
        _ roles: ApplicationRoles, configuration: Mainstay.Configuration, mailbox: DevelopmentMailbox? = nil,
        beside: (@Sendable () async -> Bool)? = nil
    ) async throws {
        let logger = logger(configuration)
        let application = try MainstayApplication(configuration: configuration, mailbox: mailbox, logger: logger)
        do {
            try await serve(application, roles, configuration, logger, beside)
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            let (name, port) = listening(roles, configuration)
            throw LaunchError(
                description: """
                    Port \(port) of \(configuration.host) is in use by another process. \
                    Stop that one, or choose another port, such as \(name)=\(port == 65535 ? 3000 : port + 1).
                    """)
        } catch let error as IOError where error.errnoCode == EACCES {
            let (name, port) = listening(roles, configuration)
            throw LaunchError(description: "Port \(port) may not be used by this user. Choose one above 1023 with \(name)=…")
        } catch let error as IOError where [EADDRNOTAVAIL, EAFNOSUPPORT].contains(error.errnoCode) {
            throw LaunchError(
                description: "HOST \(configuration.host) is no address of this machine. Use one that is, or 0.0.0.0 for all of them.")
        } catch is SocketAddressError.UnknownHost {
            throw LaunchError(
                description: "HOST \(configuration.host) cannot be resolved. Use an address of this machine, or 0.0.0.0 for all of them.")
        }
    }

    /// The setting that names the port a process with these roles listens on, and its value.
    private static func listening(_ roles: ApplicationRoles, _ configuration: Mainstay.Configuration) -> (String, Int) {
        guard !roles.contains(.server), let port = configuration.metricsPort else { return ("PORT", configuration.port) }
        return ("METRICS_PORT", port)
    }

    private static func serve(
        _ application: MainstayApplication, _ roles: ApplicationRoles, _ configuration: Mainstay.Configuration, _ logger: Logger,
        _ beside: (@Sendable () async -> Bool)?
    ) async throws {
        let (ready, isReady) = AsyncStream<Void>.makeStream()
        var services = try application.services(roles) { _ in isReady.finish() }
        if let beside { services.append(BesideService(ready: ready, body: beside)) }
        var group = ServiceGroupConfiguration(
            services: services.map { service in
                service is BesideService
                    ? .init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)
                    : .init(service: service, failureTerminationBehavior: .cancelGroup)
            },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        group.maximumGracefulShutdownDuration = configuration.shutdownGrace
        try await ServiceGroup(configuration: group).run()
    }

    /// Runs a command's body; a failure becomes one answer on standard error and exit code 1, or 2 when it is the settings.
    static func reportingFailure(_ body: () async throws -> Void) async throws {
        // A closed pipe or socket is an error of its write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        do {
            try await body()
        } catch let code as ExitCode {
            throw code
        } catch let error as ValidationError {
            throw error
        } catch let error as ConfigurationError {
            Console.fail("mainstay: \(error)")
            throw misconfigured
        } catch {
            Console.fail("mainstay: \(explain(error))")
            throw ExitCode.failure
        }
    }

    static func explain(_ error: any Error) -> String {
        switch error {
        case let error as PostgresError: "PostgreSQL (DATABASE_URL): \(error)\(error.poolerRemedy.map { ". \($0)" } ?? "")"
        case let error as RedisError: "Redis (REDIS_URL): \(error.message)"
        default: "\(error)"
        }
    }
}

/// Something that runs beside the services, such as the demo story.
private struct BesideService: Service {
    let ready: AsyncStream<Void>
    let body: @Sendable () async -> Bool

    func run() async throws {
        await cancelWhenGracefulShutdown { for await _ in ready {} }
        if Task.isCancelledOrShuttingDown { return }
        let isDone = await cancelWhenGracefulShutdown { await body() }
        if !isDone { try await gracefulShutdown() }
    }
}

extension Task where Success == Never, Failure == Never {
    fileprivate static var isCancelledOrShuttingDown: Bool { Task.isCancelled || Task.isShuttingDownGracefully }
}
