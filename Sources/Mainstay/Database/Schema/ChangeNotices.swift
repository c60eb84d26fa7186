import TypedSQL

/// Triggers that tell the servers, as it commits, that something they may have cached of an organization has changed: ``TenantCache``
/// listens.
enum ChangeNotices {
    static let all: [SQLObject] = [
        function,
        trigger("project", on: "update or delete"),
        trigger("queue", on: "update or delete"),
        trigger("organization_plan", on: "insert or update or delete"),
        trigger("api_key_scope", on: "insert or update or delete"),
        // Use of a key is noted in columns that are left out here on purpose.
        trigger(
            "apikey", on: #"insert or delete or update of "key", "enabled", "expiresAt", "permissions", "referenceId", "configId""#,
            organization: "referenceId"),
        trigger("api_key_former", on: "insert or update or delete", organization: "owner_id"),
        trigger("api_key_allow_list", on: "insert or update or delete", organization: "owner_id"),
        trigger("organization", on: #"delete or update of "name", "slug""#, organization: "id"),
    ]

    /// The argument of a trigger names the column that holds the organization.
    private static let function = SQLObject(
        "function.notify_change",
        create: """
            create or replace function notify_change() returns trigger
                language plpgsql
                as $$
            begin
                if tg_op <> 'INSERT' then
                    perform pg_notify('\(TenantCache.channel)', to_jsonb(old) ->> tg_argv[0]);
                end if;
                -- The same text twice in a transaction is one notification; a row that changes hands has two.
                if tg_op <> 'DELETE' then
                    perform pg_notify('\(TenantCache.channel)', to_jsonb(new) ->> tg_argv[0]);
                end if;
                return null;
            end
            $$
            """,
        drop: "drop function notify_change()")

    private static func trigger(_ table: String, on events: String, organization column: String = "organization_id") -> SQLObject {
        SQLObject(
            "trigger.\(table)_notify",
            create: """
                create or replace trigger \(table)_notify after \(events) on \(table)
                    for each row execute function notify_change('\(column)')
                """,
            drop: "drop trigger \(table)_notify on \(table)", dependsOn: [function.id, table])
    }
}
