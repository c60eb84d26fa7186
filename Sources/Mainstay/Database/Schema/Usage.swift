import JSON
import PostgresClient
import Primitives
import TypedSQL

/// What an organization has bought, where it is not the free plan. It reads its plan; changing it is the operator's.
@Table("organization_plan")
struct PurchasedPlan {
    @Column(.primaryKey) let organizationID: String
    @Column(default: .value(Plan.free)) var plan: Plan
    /// Limits that differ from the plan's, by their name: `{"messagesPerMonth": 150}`.
    @Column(default: .sql("'{}'")) var overrides: JSONValue
    @Column(default: .now) var updatedAt: Timestamp

    static func constraints(_ table: Columns) -> [TableElement] {
        tenancyPolicies("organization_plan", table.organizationID) + [
            .grant(.select, to: DatabaseRole.app), .grant(.select, .insert, .update, .delete, to: DatabaseRole.system),
        ]
    }
}

/// How much of a metric an organization has used in a period.
@Table("usage")
struct UsageCount {
    @Column(.primaryKey) let organizationID: String
    @Column(.primaryKey) let metric: UsageMetric
    /// First moment of the month, UTC.
    @Column(.primaryKey) let periodStart: Timestamp
    var used: Int
    /// The limit in force when the row was last written; the publishing statement compares against it.
    var quota: Int

    static func constraints(_ table: Columns) -> [TableElement] { tenancy("usage", table.organizationID) }
}

/// What is counted.
enum UsageMetric: String, ColumnValue {
    case messages
}
