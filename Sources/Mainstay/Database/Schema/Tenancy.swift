import TypedSQL

/// The database's roles of the application; see `Database`.
enum DatabaseRole {
    static let app = "mainstay_app"
    static let system = "mainstay_system"
}

/// What every table that belongs to tenants has: row security under which the application's role sees one organization, the system's all.
func tenancy(_ table: String, _ organizationID: Expr<String>) -> [TableElement] {
    tenancyPolicies(table, organizationID)
        + [.grant(.select, .insert, .update, .delete, to: DatabaseRole.app, DatabaseRole.system)]
}

func tenancyPolicies(_ table: String, _ organizationID: Expr<String>) -> [TableElement] {
    let isOwn = organizationID == currentSetting("app.organization_id")
    return [
        .rowSecurity(forced: true),
        .policy("\(table)_tenant", to: [DatabaseRole.app], using: isOwn, check: isOwn),
        .policy("\(table)_system", to: [DatabaseRole.system], using: Expr(true), check: Expr(true)),
    ]
}
