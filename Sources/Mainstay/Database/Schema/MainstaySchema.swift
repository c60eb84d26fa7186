import BetterAuth
import TypedSQL

/// Everything in the application's database, as declared: what a migrated database must equal.
enum MainstaySchema {
    static let database = DatabaseSchema(
        tables: tables, enums: [MessageState.definition], objects: PartitionFunctions.all + ChangeNotices.all + DeletedOrganization.objects,
        roles: [RoleSchema(DatabaseRole.app), RoleSchema(DatabaseRole.system)],
        schemaGrants: [SchemaGrant(to: [DatabaseRole.app, DatabaseRole.system])])

    private static let tables: [TableSchema] =
        [
            Project.schema, MessageQueue.schema, QueueSettings.schema, Message.schema, DeliveryAttempt.schema, PurchasedPlan.schema,
            UsageCount.schema,
            IdempotencyKey.schema, APIKeyScope.schema, OutboxRow.schema, DeletedOrganization.schema,
        ]
        + (AuthSchema.tables + AuthSchema.additions).map { table in
            // better-auth's tables carry no row-level security: an existing database has none, and a user belongs to no organization. A key is
            // looked up before anybody knows whose it is.
            var table = table
            if table.name.name == "organizationRole" { table.indexes.append(oneRoleOfAName) }
            table.grants.append(
                GrantSchema(privileges: [.select, .insert, .update, .delete], roles: [DatabaseRole.app, DatabaseRole.system]))
            return table
        }

    /// better-auth's table has no such index. BetterAuth makes no twins without it, but another server on the same database might.
    private static let oneRoleOfAName = IndexSchema(
        name: "organizationRole_organizationId_role_uidx", isUnique: true, method: "btree",
        elements: [IndexElement(expression: #""organizationId""#), IndexElement(expression: "role")])
}
