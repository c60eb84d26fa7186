import JSON
import PostgresClient
import TypedAPI
import TypedSQL

/// What an organization has bought.
@Schema enum Plan: String, CheckedText {
    case free, pro, enterprise

    /// Its organizations' share of the turns of deliveries, beside the others.
    var weight: Double {
        switch self {
        case .free: 1
        case .pro: 4
        case .enterprise: 16
        }
    }

    var limits: PlanLimits {
        switch self {
        case .free: PlanLimits(messagesPerMonth: 10_000, projects: 3, queues: 10, apiKeys: 20, retention: .week, payloadBytes: 64 << 10)
        case .pro:
            PlanLimits(messagesPerMonth: 1_000_000, projects: 20, queues: 200, apiKeys: 500, retention: .month, payloadBytes: 256 << 10)
        case .enterprise:
            PlanLimits(messagesPerMonth: .max, projects: .max, queues: .max, apiKeys: 10_000, retention: .year, payloadBytes: 1 << 20)
        }
    }
}

/// How much of each thing an organization may have.
struct PlanLimits: Sendable, Equatable {
    var messagesPerMonth: Int
    var projects: Int
    var queues: Int
    /// Of the organization, expired ones left out.
    var apiKeys: Int
    var retention: RetentionClass
    var payloadBytes: Int

    /// These limits with some replaced, by the names the plan table has for them; unknown names and negative values are ignored.
    func overridden(by overrides: JSONValue) -> PlanLimits {
        var limits = self
        func apply(_ name: String, _ path: WritableKeyPath<PlanLimits, Int>) {
            if let value = overrides[name]?.int, value >= 0 { limits[keyPath: path] = value }
        }
        apply("messagesPerMonth", \.messagesPerMonth)
        apply("projects", \.projects)
        apply("queues", \.queues)
        apply("apiKeys", \.apiKeys)
        apply("payloadBytes", \.payloadBytes)
        if let days = overrides["retentionDays"]?.int, let retention = Int16(exactly: days).flatMap(RetentionClass.init) {
            limits.retention = retention
        }
        return limits
    }
}
