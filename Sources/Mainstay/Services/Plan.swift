import JSON

/// What an organization has bought.
enum Plan: String, Sendable, CaseIterable {
    case free, pro, enterprise

    var limits: PlanLimits {
        switch self {
        case .free: PlanLimits(messagesPerMonth: 10_000, projects: 3, queues: 10, retentionDays: 7, payloadBytes: 64 << 10)
        case .pro: PlanLimits(messagesPerMonth: 1_000_000, projects: 20, queues: 200, retentionDays: 30, payloadBytes: 256 << 10)
        case .enterprise: PlanLimits(messagesPerMonth: .max, projects: .max, queues: .max, retentionDays: 400, payloadBytes: 1 << 20)
        }
    }
}

/// How much of each thing an organization may have.
struct PlanLimits: Sendable, Equatable {
    var messagesPerMonth: Int
    var projects: Int
    var queues: Int
    /// One of the retention classes: 7, 30, 90, 400.
    var retentionDays: Int
    var payloadBytes: Int

    /// These limits with some replaced, by the names of this type's members; unknown names and negative values are ignored.
    func overridden(by overrides: JSONValue) -> PlanLimits {
        var limits = self
        func apply(_ name: String, _ path: WritableKeyPath<PlanLimits, Int>) {
            if let value = overrides[name]?.int, value >= 0 { limits[keyPath: path] = value }
        }
        apply("messagesPerMonth", \.messagesPerMonth)
        apply("projects", \.projects)
        apply("queues", \.queues)
        apply("payloadBytes", \.payloadBytes)
        if let days = overrides["retentionDays"]?.int, [7, 30, 90, 400].contains(days) { limits.retentionDays = days }
        return limits
    }
}
