import PostgresClient
import Primitives
import TypedSQL

// Databases without teams lack these columns, so only statements that run where teams are enabled name them.

/// The team of a session, beside its other columns.
@Table("session", naming: .camelCase)
struct SessionTeam {
    @Column(.primaryKey) let id: String
    var activeTeamID: String?
}

/// The teams of an invitation, beside its other columns.
@Table("invitation", naming: .camelCase)
struct InvitationTeams {
    @Column(.primaryKey) let id: String
    /// Comma-joined.
    var teamID: String?
}
