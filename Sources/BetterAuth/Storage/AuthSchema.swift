public import TypedSQL

/// The tables of better-auth, exactly as its own migrator makes them, so that both servers can share a database.
public enum AuthSchema {
    /// The core tables and those of the organization (with teams and roles), admin, two-factor, JWT and API-key plug-ins.
    ///
    /// Values such as `emailVerified = false` are supplied by the writer: better-auth gives its columns no such defaults.
    public static let tables: [TableSchema] = [
        AuthUser.schema, sessions, Account.schema, Verification.schema, Organization.schema, Member.schema, invitations,
        OrganizationRole.schema, Team.schema, TeamMember.schema, TwoFactor.schema, SigningKey.schema, APIKeyRecord.schema,
    ]

    /// Tables of ours beside them, for ``APIKeyAdditionsConfiguration``.
    public static let additions: [TableSchema] = [FormerAPIKey.schema, APIKeyAllowList.schema]

    // Databases without teams lack these columns, so no statement of ours names them.
    private static let sessions = AuthSessionRecord.schema.adding(ColumnSchema(name: "activeTeamId", type: .text, isNullable: true))
    private static let invitations = Invitation.schema.adding(ColumnSchema(name: "teamId", type: .text, isNullable: true))
}

extension TableSchema {
    fileprivate func adding(_ column: ColumnSchema) -> TableSchema {
        var table = self
        table.columns.append(column)
        return table
    }
}
