import PostgresClient
import Primitives
import TypedSQL

/// A role that an organization made for itself.
@Table("organizationRole", naming: .camelCase)
struct OrganizationRole {
    @Column(.primaryKey) let id: String
    @References(\Organization.id, onDelete: .cascade) @Column(.index) var organizationID: String
    @Column(.index) var role: String
    /// JSON text.
    var permission: String
    @Column(default: .sql("current_timestamp")) var createdAt: Timestamp
    var updatedAt: Timestamp?
}

@Table("team", naming: .camelCase)
struct Team {
    @Column(.primaryKey) let id: String
    var name: String
    @Column(.type(.int4)) var memberCount: Int
    @References(\Organization.id, onDelete: .cascade) @Column(.index) var organizationID: String
    var createdAt: Timestamp
    var updatedAt: Timestamp?
}

@Table("teamMember", naming: .camelCase)
struct TeamMember {
    @Column(.primaryKey) let id: String
    @References(\Team.id, onDelete: .cascade) @Column(.index) var teamID: String
    @References(\AuthUser.id, onDelete: .cascade) @Column(.index) var userID: String
    @Column(.unique) var membershipKey: String?
    var createdAt: Timestamp?
}
