public import TypedAPI

/// All there is.
@Schema(name: "Everything", unknown: .strip)
public struct Everything {
    /// What people
    /// call it.
    @Field(.trimmed, .length(1...200)) public var name: String
    @Field("project") public var projectID: Int
    @Field(.unique, .each(.length(1...))) public var tags: [String] = []
    public var note: String?
    @Field(.required) public var owner: String?
    @Field(.omitNil, .notNull, .format(.email)) public var mail: String?
    public var `default`: Patch<Bool>
    var isLong: Bool { name.count > 10 }
    static let unrelated = 1
}

@Schema struct Rest {
    var kind: Kind
    @Field(.unknownMembers) var members: [String: Int] = [:]
}

@Schema enum Kind: String { case small, large = "LARGE" }

@Schema enum Level: Int { case low = 1, high = 2 }

@Schema(discriminator: "type") enum Shape { case rest(Rest), nothing }

@Schema indirect enum Union { case number(Int), list(of: [Union]) }
