import PostgresClient

extension PostgresPool {
    /// How often a transaction may run when a deadlock or a serialization failure ends it. The bodies of this library's transactions do nothing but
    /// send statements.
    static let conflictAttempts = 6
}

extension PostgresError {
    /// What a statement finds missing that another request deleted a moment before: the signed-in user, another user, an organization or
    /// a team. Nil for other errors.
    ///
    /// - Parameter isAdministration: A route about other users.
    func missingReference(isAdministration: Bool) -> AuthError? {
        guard sqlState == "23503" else { return nil }
        // better-auth's names of constraints, and ours, hold the column's name.
        let name = (constraint ?? "").lowercased()
        if name.contains("organization") { return AuthError(.badRequest, .organizationNotFound) }
        if name.contains("team") { return AuthError(.badRequest, .teamNotFound) }
        return isAdministration ? AuthError(.notFound, .userNotFound) : AuthError(.unauthorized, .unauthorized)
    }
}
