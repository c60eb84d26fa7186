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

    /// All of an organization's, whatever became of them, the oldest first.
    func all(of organization: String, limit: Int) async throws -> [Found] {
        let query = Invitation.from().where { $0.organizationID == organization }.orderBy {
            $0.createdAt
            $0.id
        }.limit(limit)
        guard hasTeams else { return try await database.all(query).map { ($0, .absent) } }
        return try await database.all(query.join(InvitationTeams.self) { invitation, teams in teams.id == invitation.id }).map {
            ($0.0, $0.1.teamID.map { .value($0) } ?? .null)
        }
    }

    /// The open invitations of an address with the names of their organizations.
    func open(forEmail email: String) async throws -> [(found: Found, organizationName: String)] {
        let query = Invitation.from().join(Organization.self) { invitation, organization in organization.id == invitation.organizationID }
            .where { invitation, _ in
                invitation.email == email
                invitation.status == "pending"
            }
            .orderBy { invitation, _ in invitation.createdAt }
            .select { invitation, organization in (invitation, organization.name) }.limit(100)
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

    func prolong(_ id: String, until time: Timestamp) async throws -> Invitation? {
        try await database.first(Invitation.update { $0.expiresAt.set(time) }.where { $0.id == id }.returning())
    }
}
