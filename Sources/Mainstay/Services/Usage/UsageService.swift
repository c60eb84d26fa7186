import JSON
import PostgresClient
import Primitives
import TypedSQL

/// An organization's plan, as it is now.
struct OrganizationPlan: Sendable {
    let plan: Plan
    let limits: PlanLimits

    init(plan: Plan?, overrides: JSONValue?) {
        self.plan = plan ?? .free
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
        let purchased = try await database.within(scope).first(PurchasedPlan.from().where { $0.organizationID == scope.organizationID })
        return OrganizationPlan(plan: purchased?.plan, overrides: purchased?.overrides)
    }

    /// Messages accepted this month.
    func messages(plan: OrganizationPlan, at now: Timestamp = .now, in scope: TenantScope) async throws -> Usage {
        let period = UsagePeriod(containing: now)
        let used = try await database.within(scope).first(UsageCount.messages(of: scope.organizationID, in: period))
        return Usage(used: used ?? 0, limit: plan.limits.messagesPerMonth, resetsAt: period.end)
    }
}

extension UsageCount {
    /// Messages an organization has had accepted in a period; no row when none were.
    static func messages(of organizationID: String, in period: UsagePeriod) -> some RowStatement<Int> {
        from().where { $0.organizationID == organizationID && $0.metric == .messages && $0.periodStart == period.start }.select { $0.used }
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
