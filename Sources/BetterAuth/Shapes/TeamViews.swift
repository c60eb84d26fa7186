import JSON
import Primitives
import TypedAPI

@Schema(name: "Team") struct TeamView {
    var name: String
    @Field("organizationId") var organizationID: String
    var createdAt: Timestamp
    var updatedAt: Timestamp?
    var id: String

    init(_ team: Team) {
        name = team.name
        organizationID = team.organizationID
        createdAt = team.createdAt
        updatedAt = team.updatedAt
        id = team.id
    }
}

/// A team inside a full organization, where the contract shows the count of its members.
@Schema(name: "CountedTeam") struct CountedTeamView {
    var name: String
    var memberCount: Int
    @Field("organizationId") var organizationID: String
    var createdAt: Timestamp
    var updatedAt: Timestamp?
    var id: String

    init(_ team: Team) {
        name = team.name
        memberCount = team.memberCount
        organizationID = team.organizationID
        createdAt = team.createdAt
        updatedAt = team.updatedAt
        id = team.id
    }
}

@Schema(name: "TeamMember") struct TeamMemberView {
    @Field("teamId") var teamID: String
    @Field("userId") var userID: String
    var createdAt: Timestamp?
    var id: String

    init(_ member: TeamMember) {
        teamID = member.teamID
        userID = member.userID
        createdAt = member.createdAt
        id = member.id
    }
}

/// A role that an organization made for itself.
@Schema(name: "Role") struct RoleView {
    @Field("organizationId") var organizationID: String
    var role: String
    var permission: JSONObject
    var createdAt: Timestamp
    var updatedAt: Timestamp?
    var id: String

    init(_ role: OrganizationRole) {
        organizationID = role.organizationID
        self.role = role.role
        permission = (try? JSONValue(parsing: role.permission))?.object ?? [:]
        createdAt = role.createdAt
        updatedAt = role.updatedAt
        id = role.id
    }
}
