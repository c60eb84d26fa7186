import BetterAuth
import HTTPDelivery
import JSON
public import Logging
public import Migrations
import PostgresClient
import Primitives
import TypedSQL

/// Why a database got no development data.
public struct DevelopmentDataError: Error, Sendable, CustomStringConvertible {
    public let description: String
}

/// What a developer wants to find in a new database: somebody to sign in as, with an organization, a project, queues and an API key.
///
/// It takes the way of requests, through the services, and looks for each thing first: seeding again adds what is missing.
public struct DevelopmentData: Sendable {
    private let database: Database
    private let auth: Auth
    private let projects: ProjectService
    private let queues: QueueService
    private let keys: APIKeyService
    private let usage: UsageService
    private let password: String

    /// Seeds the database of these settings.
    ///
    /// - Parameter isForced: Also where it looks like production; the password is then one that nobody knows yet.
    /// - Returns: What to sign in with, what was made, and secrets that are shown this once.
    /// - Throws: ``DevelopmentDataError`` for a production, ``DatabaseCheckError`` for a schema that is not up to date.
    public static func seed(_ configuration: Configuration, isForced: Bool = false, logger: Logger) async throws -> CommandReport {
        if !isForced, let sign = signOfProduction(configuration) {
            throw DevelopmentDataError(
                description: """
                    \(sign), so this looks like production, where a user whose password everybody knows has no place. Nothing was done. \
                    With --force it is done all the same, with a password made at random.
                    """)
        }
        let database = try Database(url: configuration.databaseURL, maximumPoolSize: 2, logger: logger)
        let password = isForced ? SecureRandom.string(20, alphabet: .alphanumeric) : "development"
        let data = try DevelopmentData(configuration, database, password: password, logger: logger)
        return try await running([database.app, database.system]) {
            try await DatabaseCheck.run(database)
            return try await data.make()
        }
    }

    /// Nil on a developer's machine: the database and the server's public origin are both on it.
    static func signOfProduction(_ configuration: Configuration) -> String? {
        if !LocalHost.isLocal(databaseURL: configuration.databaseURL) { return "The server of DATABASE_URL is not on this machine" }
        return LocalHost.isLocal(url: configuration.baseURL) ? nil : "BASE_URL, \(configuration.baseURL), is not on this machine"
    }

    private init(_ configuration: Configuration, _ database: Database, password: String, logger: Logger) throws {
        self.database = database
        self.password = password
        auth = try Auth(
            AuthConfiguration(baseURL: configuration.baseURL, secret: configuration.authSecret), database: database.app, logger: logger)
        let cache = TenantCache(database: database, logger: logger)
        projects = ProjectService(database: database, cache: cache)
        queues = QueueService(database: database, encryption: configuration.encryptionKeys, cache: cache)
        keys = APIKeyService(auth: auth, database: database, cache: cache)
        usage = UsageService(database: database)
    }

    // MARK: Making

    private func make() async throws -> CommandReport {
        var result = Outcome()
        let user = try await user(&result)
        let organization = try await organization(of: user, &result)
        let scope = TenantScope(verified: organization.id)
        let limits = try await usage.plan(in: scope).limits
        let project = try await project(limit: limits.projects, in: scope, &result)
        for name in ["orders", "mails"] { try await queue(name, in: project, limit: limits.queues, scope: scope, &result) }
        try await key(in: scope, &result)
        return result.report(organization: organization, project: project)
    }

    private func user(_ result: inout Outcome) async throws -> AuthUser {
        if let user = try await auth.users.find(email: Outcome.email) { return user }
        let user = try await auth.users.create(name: "Developer", email: Outcome.email, password: password, emailVerified: true)
        result.made("user", Outcome.email)
        result.password = password
        return user
    }

    private func organization(of user: AuthUser, _ result: inout Outcome) async throws -> Organization {
        if let organization = try await auth.organizations.list(userID: user.id).first(where: { $0.slug == Outcome.slug }) {
            return organization
        }
        guard try await auth.organizations.find(slug: Outcome.slug) == nil else {
            throw DevelopmentDataError(
                description:
                    "There is an organization \(Outcome.slug) to which \(Outcome.email) does not belong: rename it, or seed another database."
            )
        }
        let organization = try await auth.organizations.create(name: "Development", slug: Outcome.slug, ownerID: user.id).organization
        result.made("organization", Outcome.slug)
        return organization
    }

    private func project(limit: Int, in scope: TenantScope, _ result: inout Outcome) async throws -> Project {
        let query = Project.from().where { $0.organizationID == scope.organizationID && $0.slug == "shop" }
        if let project = try await database.within(scope).first(query) { return project }
        let project = try await projects.create(name: "Shop", slug: "shop", limit: limit, in: scope)
        result.made("project", project.slug)
        return project
    }

    /// Its messages go to a receiver that the developer may start.
    private func queue(_ name: String, in project: Project, limit: Int, scope: TenantScope, _ result: inout Outcome) async throws {
        let query = MessageQueue.from().where { queue in
            queue.organizationID == scope.organizationID
            queue.projectID == project.id
            queue.name == name
        }
        guard try await database.within(scope).first(query) == nil else { return }
        let new = NewQueue(
            name: name, destinationURL: "http://127.0.0.1:4000/\(name)", retry: RetryPolicy(attempts: 5), timeout: .seconds(10))
        let secret = try await database.within(scope).withTransaction { transaction in
            try await queues.create(new, in: project.id, limit: limit, scope: scope, transaction: transaction).secret
        }
        result.made("queue", name)
        result.secrets.append((name, secret.text))
    }

    private func key(in scope: TenantScope, _ result: inout Outcome) async throws {
        guard try await !keys.list(in: scope).contains(where: { $0.record.name == "development" }) else { return }
        result.key = try await keys.create(
            name: "development", permissions: APIKeyService.defaultPermissions, projects: nil, expiresIn: nil, in: scope
        ).plain
        result.made("API key", "development")
    }
}

/// What was made and what is to be told of it.
private struct Outcome {
    static let email = "developer@example.com"
    static let slug = "development"

    private var things: [(kind: String, name: String)] = []
    /// Known only when the user was made just now; like every secret here.
    var password: String?
    var key: String?
    var secrets: [(queue: String, secret: String)] = []

    mutating func made(_ kind: String, _ name: String) { things.append((kind, name)) }

    func report(organization: Organization, project: Project) -> CommandReport {
        var lines = things.map { "Made the \($0.kind) \($0.name)" }
        if things.isEmpty { lines.append("Everything is there already.") }
        lines.append("Sign in as: \(Self.email)" + (password.map { ", password \($0)" } ?? ""))
        lines.append("Organization: \(organization.id)")
        lines.append("Project: \(project.id)")
        if let key { lines.append("API key, shown this once: \(key)") }
        var signing = JSONObject()
        for (queue, secret) in secrets {
            lines.append("Signing secret of \(queue), shown this once: \(secret)")
            signing[queue] = .string(secret)
        }
        return CommandReport(
            lines.joined(separator: "\n"),
            [
                "made": .array(things.map { ["kind": .string($0.kind), "name": .string($0.name)] }), "email": .string(Self.email),
                "password": .string(orNull: password), "organization": .string(organization.id),
                "project": .string(project.id.description), "apiKey": .string(orNull: key),
                "signingSecrets": .object(signing),
            ])
    }
}
