import Primitives
import TypedAPI

/// A session as its user sees it. The token is part of it by design of the contract.
@Schema(name: "Session", unknown: .strip) struct SessionView {
    var expiresAt: Timestamp
    var token: String
    var createdAt: Timestamp
    var updatedAt: Timestamp
    var ipAddress: String?
    var userAgent: String?
    @Field("userId") var userID: String
    @Field("activeOrganizationId") var activeOrganizationID: String?
    /// Only where teams are enabled.
    @Field("activeTeamId") var activeTeamID: Patch<String>
    var impersonatedBy: String?
    var id: String

    /// - Parameter activeTeam: `.absent` where there are no teams.
    init(_ session: AuthSessionRecord, activeTeam: Patch<String>) {
        expiresAt = session.expiresAt
        token = session.token
        createdAt = session.createdAt
        updatedAt = session.updatedAt
        ipAddress = session.ipAddress ?? ""
        userAgent = session.userAgent ?? ""
        userID = session.userID
        activeOrganizationID = session.activeOrganizationID
        activeTeamID = activeTeam
        impersonatedBy = session.impersonatedBy
        id = session.id
    }

    var record: AuthSessionRecord {
        AuthSessionRecord(
            id: id, token: token, userID: userID, expiresAt: expiresAt, createdAt: createdAt, updatedAt: updatedAt, ipAddress: ipAddress,
            userAgent: userAgent, activeOrganizationID: activeOrganizationID, impersonatedBy: impersonatedBy)
    }
}

/// Who is signed in.
@Schema(name: "SignedIn") struct SignedInView {
    var session: SessionView
    var user: UserView

    init(_ found: AuthSession) {
        session = found.view
        user = UserView(found.user)
    }
}

extension AuthSession {
    var view: SessionView {
        var view = SessionView(session, activeTeam: activeTeam)
        // A key's session never had these; a cookie's says so with an empty text.
        if isOfAPIKey { (view.ipAddress, view.userAgent) = (session.ipAddress, session.userAgent) }
        return view
    }
}
