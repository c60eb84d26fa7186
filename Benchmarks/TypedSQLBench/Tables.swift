import Primitives
import TypedSQL

@Table("organizations")
struct Organization {
    @Column(.primaryKey) let id: Int
    var name: String
}

@Table("projects")
struct Project {
    @Column(.primaryKey) let id: Int
    @References(\Organization.id) var organizationID: Int
    var name: String
    @Column(default: .now) var createdAt: Timestamp
}

@Table("runs")
struct Run {
    @Column(.primaryKey) let id: Int
    @References(\Project.id) var projectID: Int
    var state: String
    var attempt: Int32
    var cost: Double?
    var note: String?
    var createdAt: Timestamp
    var updatedAt: Timestamp

    static func constraints(_ table: Columns) -> [TableElement] { [.index(table.projectID, table.id.desc)] }
}

@Table("events")
struct Event {
    let id: UUIDv7
    var kind: String
    var count: Int32
    var note: String?
    var createdAt: Timestamp
}

let schema = DatabaseSchema(tables: [Organization.schema, Project.schema, Run.schema, Event.schema])
