public struct PrimaryKeySchema: Hashable, Codable, Sendable {
    public var name: String
    public var columns: [String]
    public var include: [String] = []

    public init(name: String, columns: [String], include: [String] = []) {
        self.name = name
        self.columns = columns
        self.include = include
    }
}

public struct UniqueSchema: Hashable, Codable, Sendable {
    public var name: String
    public var columns: [String]
    public var include: [String] = []
    /// Two NULLs count as equal; PostgreSQL 15.
    public var nullsNotDistinct = false
    public var deferral = Deferral.notDeferrable

    public init(
        name: String, columns: [String], include: [String] = [], nullsNotDistinct: Bool = false,
        deferral: Deferral = .notDeferrable
    ) {
        self.name = name
        self.columns = columns
        self.include = include
        self.nullsNotDistinct = nullsNotDistinct
        self.deferral = deferral
    }
}

public struct ForeignKeySchema: Hashable, Codable, Sendable {
    public var name: String
    public var columns: [String]
    public var table: TableName
    public var referencedColumns: [String]
    public var onDelete = ReferentialAction.noAction
    /// For `set null` and `set default`: only these columns; empty for all. PostgreSQL 15.
    public var onDeleteColumns: [String] = []
    public var onUpdate = ReferentialAction.noAction
    public var matchesFull = false
    public var deferral = Deferral.notDeferrable
    public var isValidated = true

    public init(
        name: String, columns: [String], table: TableName, referencedColumns: [String],
        onDelete: ReferentialAction = .noAction, onDeleteColumns: [String] = [], onUpdate: ReferentialAction = .noAction,
        matchesFull: Bool = false, deferral: Deferral = .notDeferrable, isValidated: Bool = true
    ) {
        self.name = name
        self.columns = columns
        self.table = table
        self.referencedColumns = referencedColumns
        self.onDelete = onDelete
        self.onDeleteColumns = onDeleteColumns
        self.onUpdate = onUpdate
        self.matchesFull = matchesFull
        self.deferral = deferral
        self.isValidated = isValidated
    }
}

public enum ReferentialAction: String, Codable, Sendable {
    case noAction = "no action"
    case restrict
    case cascade
    case setNull = "set null"
    case setDefault = "set default"
}

public enum Deferral: String, Codable, Sendable {
    case notDeferrable = "not deferrable"
    case initiallyImmediate = "deferrable initially immediate"
    case initiallyDeferred = "deferrable initially deferred"
}

public struct CheckSchema: Hashable, Codable, Sendable {
    public var name: String
    public var expression: String
    public var isValidated = true
    /// False lets partitions and children do without it.
    public var isInherited = true

    public init(name: String, expression: String, isValidated: Bool = true, isInherited: Bool = true) {
        self.name = name
        self.expression = expression
        self.isValidated = isValidated
        self.isInherited = isInherited
    }
}
