import PostgresClient
import Primitives
import TypedSQL

/// An organization that is gone and whose rows and jobs may not be; see ``OrganizationRemoval``.
///
/// The row is written by a trigger, so in the transaction that deletes the organization, whoever does: this server, a better-auth server on the
/// same database, an operator.
@Table("deleted_organization")
struct DeletedOrganization {
    @Column(.primaryKey) let id: String
    @Column(default: .now) let deletedAt: Timestamp
    /// When everything had been removed for the first time.
    var emptiedAt: Timestamp?

    static func constraints(_ table: Columns) -> [TableElement] {
        [.grant(.select, .insert, .update, .delete, to: DatabaseRole.system)]
    }

    static let objects: [SQLObject] = [
        function,
        SQLObject(
            "trigger.organization_deleted",
            create: """
                create or replace trigger organization_deleted after delete on organization
                    for each row execute function note_deleted_organization()
                """,
            drop: "drop trigger organization_deleted on organization", dependsOn: [function.id, "organization"]),
    ]

    /// Runs as the owner of the table: whoever may delete an organization needs no right on it.
    private static let function = SQLObject(
        "function.note_deleted_organization",
        create: """
            create or replace function note_deleted_organization() returns trigger
                language plpgsql security definer set search_path = public, pg_temp
                as $$
            begin
                insert into deleted_organization (id) values (old.id) on conflict do nothing;
                return null;
            end
            $$
            """,
        drop: "drop function note_deleted_organization()", dependsOn: ["deleted_organization"])
}
