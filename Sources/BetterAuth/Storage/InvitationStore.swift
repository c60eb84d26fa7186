import PostgresClient
import Primitives
import TypedAPI
import TypedSQL

/// Statements over `invitation`.
struct InvitationStore: Sendable {
    let database: PostgresPool
    /// Whether invitations may be to teams.
    let hasTeams: Bool

    /// With `hasTeams`, the comma-joined teams besides.
    typealias Found = (invitation: Invitation, teams: Patch<String>)

    func find(id: String) async throws -> Found? {
        let query = Invitation.from().where { $0.id == id }
        guard hasTeams else { return try await database.first(query).map { ($0, .absent) } }
        return try await database.first(query.join(InvitationTeams.self) { invitation, teams in teams.id == invitation.id }).map {
            ($0.0, $0.1.teamID.map { .value($0) } ?? .null)
        }
    }

    /// An organization's, whatever became of them: first those that can be accepted, and always the newest first.
    ///
    /// - Parameter showsPending: Whether the pending ones are among them.
    func page(of organization: String, showsPending: Bool, _ page: InvitationPage, at now: Timestamp) async throws -> [Found] {
        let query = Invitation.from().where { invitation in
            invitation.organizationID == organization
            if !showsPending { invitation.status != "pending" }
        }.orderBy { invitation in
            (invitation.status == "pending" && invitation.expiresAt > now).desc
            invitation.createdAt.desc
            invitation.id
        }.limit(page.limit).offset(page.offset)
        guard hasTeams else { return try await database.all(query).map { ($0, .absent) } }
        return try await database.all(query.join(InvitationTeams.self) { invitation, teams in teams.id == invitation.id }).map {
            ($0.0, $0.1.teamID.map { .value($0) } ?? .null)
        }
    }

    /// The pending invitations of an address with the names of their organizations: first those that can be accepted, and always the newest first.
    func open(forEmail email: String, _ page: InvitationPage, at now: Timestamp) async throws -> [(found: Found, organizationName: String)]
    {
        let query = Invitation.from().join(Organization.self) { invitation, organization in organization.id == invitation.organizationID }
            .where { invitation, _ in
                invitation.email == email
                invitation.status == "pending"
            }
            .orderBy { invitation, _ in
                (invitation.expiresAt > now).desc
                invitation.createdAt.desc
                invitation.id
            }
            .select { invitation, organization in (invitation, organization.name) }.limit(page.limit).offset(page.offset)
        let rows = try await database.all(query)
        guard hasTeams, !rows.isEmpty else { return rows.map { (($0.0, .absent), $0.1) } }
        let teams = try await database.all(InvitationTeams.from().where { $0.id.isIn(rows.map(\.0.id)) })
        let byID = Dictionary(teams.map { ($0.id, $0.teamID) }) { first, _ in first }
        return rows.map { invitation, name in ((invitation, (byID[invitation.id] ?? nil).map { .value($0) } ?? .null), name) }
    }

    /// Moves an invitation on, if it is still as it should be; nil otherwise. Of two callers at once, one succeeds.
    func move(_ id: String, to status: String, unexpiredAt now: Timestamp? = nil) async throws -> Invitation? {
        try await database.run(Self.moving(id, from: "pending", to: status, unexpiredAt: now)).first
    }

    static func moving(
        _ id: String, from: String, to status: String, unexpiredAt now: Timestamp? = nil
    ) -> some Statement<[Invitation]> {
        Invitation.update { $0.status.set(status) }.where { invitation in
            invitation.id == id
            invitation.status == from
            if let now { invitation.expiresAt > now }
        }.returning()
    }
}

/// Which part of a list of invitations is asked for.
struct InvitationPage: Sendable {
    var limit: Int
    var offset: Int

    /// - Parameter rules: Without a limit all invitations that can be open at once are on the first page.
    init(limit: Int? = nil, offset: Int? = nil, _ rules: OrganizationConfiguration) {
        self.limit = min(limit ?? max(100, rules.invitationLimit), 1000)
        self.offset = offset ?? 0
    }
}
