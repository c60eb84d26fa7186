import Primitives
import TypedAPI

@Schema
struct CreateRun: Equatable {
    /// What people call it.
    @Field(.trimmed, .length(1...20)) var name: String
    var projectID: UUIDv7
    var environment: Environment
    @Field(.range(0...10), .refine("even", "Must be even.", isEven)) var priority: Int = 4
    @Field(.count(0...3), .unique, .each(.length(1...4))) var tags: [String] = []
    @Field(.format(.httpURL)) var callback: String?
    var payload: RawJSON = RawJSON(.null)
    var trigger: Trigger
    @Field(.notNull) var note: String?
    @Field(.required) var owner: String?
    var `default`: Patch<Bool>

    static func isEven(_ number: Int) -> Bool { number % 2 == 0 }

    func validate(_ issues: inout IssueCollector<CreateRun>) {
        if environment == .production, callback == nil {
            issues.add(\.callback, code: "required_in_production", "Is required in production.")
        }
    }
}

@Schema enum Environment: String, CaseIterable { case development, production }

/// How it begins.
@Schema(discriminator: "type") enum Trigger: Equatable { case manual(Manual), cron(Cron), none }

@Schema struct Manual: Equatable { var by: String }

@Schema struct Cron: Equatable {
    @Field("cron_expression") var expression: String
    @Field(.unknownMembers) var rest: [String: Int] = [:]
}

@Schema enum Level: Int { case low = 1, high = 10 }

@Schema enum Target: Equatable { case number(Int), text(String), list([Target]) }

@Schema struct Tree: Equatable {
    var value: Target
    var children: [Tree] = []
    var level: Level = .low
    var parent: Indirect<Tree>?
    var marks: [String: [Int?]] = [:]
}

@Schema(unknown: .strip, naming: .snakeCase) struct Numbers: Equatable {
    @Field(.range(-5..<5)) var smallInt: Int8?
    var bigInt: Int64?
    var unsignedInt: UInt64?
    @Field(.range(0...1), .multiple(of: 0.1)) var ratio: Double?
    @Field(.greater(than: 0), .multiple(of: 0.05)) var price: Price?
    @Field(.multiple(of: 5)) var step: Int?
    @Field(.range(Duration.seconds(1)...Duration.seconds(60))) var wait: Duration?
    var at: Timestamp?
    @Field(.oneOf(1, 2, 4, 8)) var power: Int?
    @Field(.keys(.pattern("^[a-z]+$")), .each(.range(...100)), .count(...2)) var scores: [String: Int]?
}

@Schema(unknown: .strip) struct ListQuery: Equatable {
    @Field(.range(1...100)) var limit: Int = 20
    var cursor: String?
    var state: [Environment] = []
    var isDry: Bool = false
    var ratio: Double?
    @Field("x-level") var level: Level?
}
