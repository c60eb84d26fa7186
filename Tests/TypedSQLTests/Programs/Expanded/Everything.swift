public import PostgresClient
public import Primitives
public import TypedSQL

@Table("odd \"name\"", schema: "x", renamedFrom: "old", comment: "all there is")
struct Everything {
    @Column(.primaryKey, .identity(.byDefault)) let id: Int
    @Column("kind!", .unique, .comment("what it is"), default: .value(RunStatus.queued)) var status: RunStatus
    @Column(default: .now) var seenAt: Timestamp?
    @Column(.generated("id * 2")) let double: Int
    @Column(onInsert: ProjectID(), onUpdate: ProjectID()) var token: ProjectID
    @References(\Run.id, onDelete: .setNull) var runID: RunID?
    var `default`: Bool = false
    var isHTTPOnly: Bool { false }
    static let unrelated = 1
}

@Table
public struct SharedThing {
    @Column(.primaryKey) public let id: Int
    @Column(default: .now) public var madeAt: Timestamp
    public var note: String?
}

@Row(naming: .camelCase)
struct Pair {
    let firstID: Int
    var rest: [String]?
}
