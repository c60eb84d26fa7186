import JSON
import PostgresClient
import Primitives

/// An organization's plan, as it is now.
struct OrganizationPlan: Sendable {
    let plan: Plan
    let limits: PlanLimits

    init(plan: String?, overrides: JSONValue?) {
        self.plan = plan.flatMap(Plan.init) ?? .free
        limits = self.plan.limits.overridden(by: overrides ?? [:])
    }
}

/// How much of a quota is used in the running period.
struct Usage: Sendable {
    let used: Int
    let limit: Int
    let resetsAt: Timestamp
}

/// What organizations may use and have used. Counting itself happens in the statement that accepts messages.
struct UsageService: Sendable {
    let database: Database

    func plan(in scope: TenantScope) async throws -> OrganizationPlan {
        let rows = try await database.query(
            "select plan, overrides from organization_plan where organization_id = \(scope.organizationID)", in: scope)
        guard let row = rows.first else { return OrganizationPlan(plan: nil, overrides: nil) }
        let (plan, overrides) = try row.decode(String.self, JSONValue.self)
        return OrganizationPlan(plan: plan, overrides: overrides)
    }

    /// Messages accepted this month.
    func messages(plan: OrganizationPlan, at now: Timestamp = .now, in scope: TenantScope) async throws -> Usage {
        let period = UsagePeriod(containing: now)
        let rows = try await database.query(
            """
            select used from usage
            where organization_id = \(scope.organizationID) and metric = 'messages' and period_start = \(period.start)
            """, in: scope)
        return Usage(used: try rows.first?.decode(Int.self) ?? 0, limit: plan.limits.messagesPerMonth, resetsAt: period.end)
    }
}

/// A calendar month, UTC.
struct UsagePeriod: Sendable, Equatable {
    let start: Timestamp
    let end: Timestamp

    init(containing time: Timestamp) {
        let text = time.rfc3339
        // A date in the common era: the first ten characters are yyyy-mm-dd.
        let year = Int(text.prefix(4)) ?? 1970
        let month = Int(text.dropFirst(5).prefix(2)) ?? 1
        start = Self.firstMoment(year: year, month: month)
        end = month == 12 ? Self.firstMoment(year: year + 1, month: 1) : Self.firstMoment(year: year, month: month + 1)
    }

    private static func firstMoment(year: Int, month: Int) -> Timestamp {
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return Timestamp(rfc3339: "\(padded(year, 4))-\(padded(month, 2))-01T00:00:00Z") ?? Timestamp(microseconds: 0)
    }
}
