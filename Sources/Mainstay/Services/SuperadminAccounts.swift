public import BetterAuth
public import Logging
import PostgresClient
import Primitives

/// Makes operators: users whose role includes `admin`.
public struct SuperadminAccounts: Sendable {
    private let configuration: Configuration
    private let logger: Logger

    public init(configuration: Configuration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// What became of the wish.
    public enum Outcome: Sendable {
        /// A new user; the password is told this once, nil when the caller chose it.
        case created(AuthUser, password: String?)
        /// A user who was there before, with the role now.
        case promoted(AuthUser)
    }

    /// Makes a user with the role `admin`, or gives the role to the user of that address, whose password stays.
    ///
    /// - Parameter password: nil makes one.
    public func create(email: String, name: String, password: String?) async throws -> Outcome {
        let database = try Database(configuration: configuration, logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await database.app.run() }
            let auth = try Auth(
                AuthConfiguration(baseURL: configuration.baseURL, secret: configuration.authSecret), database: database.app, logger: logger)
            do {
                let outcome = try await create(email: email, name: name, password: password, auth)
                await database.app.close()
                group.cancelAll()
                return outcome
            } catch {
                await database.app.close()
                group.cancelAll()
                throw error
            }
        }
    }

    private func create(email: String, name: String, password: String?, _ auth: Auth) async throws -> Outcome {
        if let user = try await auth.users.find(email: email) {
            let roles = user.roles.contains("admin") ? user.roles : user.roles + ["admin"]
            guard let promoted = try await auth.users.setRole(roles.joined(separator: ","), userID: user.id) else {
                throw AuthError(.notFound, .userNotFound)
            }
            return .promoted(promoted)
        }
        let made = password == nil ? SecureRandom.string(24, alphabet: .alphanumeric) : nil
        let user = try await auth.users.create(
            name: name, email: email, password: password ?? made ?? "", role: "admin", emailVerified: true)
        return .created(user, password: made)
    }
}
