import JSON
import PostgresClient
import Primitives
import TypedSQL

// The tables of the tests: a small product with tenants, runs and their steps.

enum ProjectTag: TypeIDTag { static let prefix = "proj" }
typealias ProjectID = TypeID<ProjectTag>
enum RunTag: TypeIDTag { static let prefix = "run" }
typealias RunID = TypeID<RunTag>

enum RunStatus: String, PostgresEnum {
    static let typeName = "run_status"
    case queued, running, succeeded, failed
}

enum Priority: String, CheckedText {
    case low, high
}

struct Settings: Codable, Hashable, Sendable {
    var theme: String
    var limits: [Int] = []
}

@Table("organizations")
struct Organization {
    @Column(.primaryKey) let id: String
    @Column(.unique) var slug: String
    var name: String
    @Column(default: .sql("'{\"theme\":\"dark\",\"limits\":[]}'")) var settings: JSONB<Settings>
    @Column(default: .now) var createdAt: Timestamp
}

@Table("projects")
struct Project {
    @Column(.primaryKey, onInsert: ProjectID()) let id: ProjectID
    @References(\Organization.id, onDelete: .cascade) var organizationID: String
    var name: String
    var archivedAt: Timestamp?
    @Column(default: .now) var createdAt: Timestamp
    @Column(default: .now, onUpdate: Timestamp.now) var updatedAt: Timestamp

    static func constraints(_ table: Columns) -> [TableElement] {
        [.unique(table.organizationID, table.name)]
    }
}

@Table("runs")
struct Run {
    @Column(.primaryKey, onInsert: RunID()) let id: RunID
    @References(\Project.id, onDelete: .cascade) var projectID: ProjectID
    @References(\Run.id, onDelete: .setNull) var parentID: RunID?
    var status: RunStatus = .queued
    @Column(default: .value(Priority.low)) var priority: Priority
    var attempt: Int32 = 0
    var cost: PostgresNumeric?
    var output: [UInt8]?
    var labels: [String] = []
    @Column(.comment("when it is next due")) var dueAt: Timestamp?
    @Column(default: .now) var createdAt: Timestamp

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .index(table.projectID, table.createdAt.desc),
            .index(table.createdAt, where: table.status == .queued),
            .check("attempt_not_negative", table.attempt >= 0),
        ]
    }
}

@Table("usage")
struct Usage {
    @Column(.primaryKey) let organizationID: String
    @Column(.primaryKey) let metric: String
    var used: Int64
    var quota: Int64
}

@Row
struct ProjectSummary: Equatable {
    let id: ProjectID
    let slug: String
    let runs: Int
    let latest: Timestamp?
}

let testSchema = DatabaseSchema(
    tables: [Organization.schema, Project.schema, Run.schema, Usage.schema], enums: [RunStatus.definition])
