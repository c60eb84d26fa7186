import PostgresClient
import Primitives
import TypedSQL

/// What an organization keeps apart: queues and keys belong to a project.
@Table("project")
struct Project {
    @Column(.primaryKey) let id: ProjectID
    let organizationID: String
    var name: String
    var slug: String
    @Column(default: .now) let createdAt: Timestamp
    @Column(default: .now) var updatedAt: Timestamp

    static func constraints(_ table: Columns) -> [TableElement] {
        [.unique(table.organizationID, table.slug, name: "project_slug_key")] + tenancy("project", table.organizationID)
    }
}
