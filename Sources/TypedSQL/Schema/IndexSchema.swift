/// No two rows may have all elements related by their operators.
public struct ExclusionSchema: Hashable, Codable, Sendable {
    public struct Element: Hashable, Codable, Sendable {
        public var element: IndexElement
        public var operation: String

        public init(element: IndexElement, operation: String) {
            self.element = element
            self.operation = operation
        }
    }

    public var name: String
    public var method: String
    public var elements: [Element]
    public var predicate: String?
    public var deferral = Deferral.notDeferrable

    public init(
        name: String, method: String, elements: [Element], predicate: String? = nil, deferral: Deferral = .notDeferrable
    ) {
        self.name = name
        self.method = method
        self.elements = elements
        self.predicate = predicate
        self.deferral = deferral
    }
}

public struct IndexSchema: Hashable, Codable, Sendable {
    public var name: String
    public var isUnique: Bool
    /// `btree`, `gin`, `gist`, `brin`, `hash`, …
    public var method: String
    public var elements: [IndexElement]
    public var include: [String] = []
    public var predicate: String?
    public var nullsNotDistinct = false
    /// Built without locking out writers, outside a transaction. Not compared: it says how, not what.
    public var isConcurrent = false
    /// Storage parameters: `fillfactor`.
    public var parameters: [String: String] = [:]

    public init(
        name: String, isUnique: Bool, method: String, elements: [IndexElement], include: [String] = [],
        predicate: String? = nil, nullsNotDistinct: Bool = false, isConcurrent: Bool = false,
        parameters: [String: String] = [:]
    ) {
        self.name = name
        self.isUnique = isUnique
        self.method = method
        self.elements = elements
        self.include = include
        self.predicate = predicate
        self.nullsNotDistinct = nullsNotDistinct
        self.isConcurrent = isConcurrent
        self.parameters = parameters
    }
}

/// A column or an expression of an index.
public struct IndexElement: Hashable, Codable, Sendable {
    /// SQL: a quoted column, or an expression in parentheses.
    public var expression: String
    public var isDescending = false
    /// Nil for the order's own rule: last ascending, first descending.
    public var nullsFirst: Bool?
    public var operatorClass: String?
    public var collation: String?

    public init(
        expression: String, isDescending: Bool = false, nullsFirst: Bool? = nil, operatorClass: String? = nil,
        collation: String? = nil
    ) {
        self.expression = expression
        self.isDescending = isDescending
        self.nullsFirst = nullsFirst
        self.operatorClass = operatorClass
        self.collation = collation
    }
}
