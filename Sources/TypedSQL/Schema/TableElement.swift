/// A key, constraint, index, policy or other property of a table as a whole, in `static func constraints(_:)`.
public struct TableElement {
    let apply: (inout TableSchema) -> Void
}

/// A condition, whether it can be NULL or not.
public protocol ConditionExpression: Sendable {
    var erased: ErasedExpression { get }
}

/// An expression without its type.
public struct ErasedExpression: Sendable {
    let node: Node
}

extension Expr: ConditionExpression where Value: ConditionValue {
    public var erased: ErasedExpression { ErasedExpression(node: node) }
}

extension ConditionExpression {
    var node: Node { erased.node }
    var definitionText: String { node.definitionText }
}

extension Node {
    var definitionText: String {
        var renderer = Renderer(style: .definition)
        renderer.write(self)
        return renderer.text
    }

    /// As an element of an index: a bare column, or an expression in parentheses.
    var indexElement: IndexElement {
        if case .column = self { return IndexElement(expression: definitionText) }
        return IndexElement(expression: "(\(definitionText))")
    }
}

/// What an index can be made of: an expression, or one with a direction.
public protocol IndexTerm: Sendable {
    var indexElement: IndexElement { get }
    /// For the index's name; nil for an expression.
    var indexColumn: String? { get }
}

extension Expr: IndexTerm {
    public var indexElement: IndexElement { node.indexElement }
    public var indexColumn: String? { if case .column(_, let name) = node { name } else { nil } }
}

extension OrderTerm: IndexTerm {
    public var indexElement: IndexElement {
        var element = node.indexElement
        element.isDescending = isDescending
        element.nullsFirst = nulls.map { $0 == .first }
        return element
    }
    public var indexColumn: String? { if case .column(_, let name) = node { name } else { nil } }
}

/// An index element with an operator class or a collation.
public struct TunedIndexTerm: IndexTerm {
    public let indexElement: IndexElement
    public let indexColumn: String?
}

extension IndexTerm {
    public func tuned(operatorClass: String? = nil, collation: String? = nil) -> TunedIndexTerm {
        var element = indexElement
        element.operatorClass = operatorClass
        element.collation = collation
        return TunedIndexTerm(indexElement: element, indexColumn: indexColumn)
    }
}

extension TableElement {
    public static func primaryKey<each Value>(_ columns: repeat Expr<each Value>, name: String? = nil) -> TableElement {
        let columns = columnNames(repeat each columns)
        return TableElement { schema in
            schema.primaryKey = PrimaryKeySchema(name: name ?? ObjectName.make(schema.name.name, [], "pkey"), columns: columns)
        }
    }

    /// - Parameters:
    ///   - including: Columns kept in the index without being part of the key.
    ///   - nullsNotDistinct: Two NULLs count as equal; PostgreSQL 15.
    public static func unique<each Value>(
        _ columns: repeat Expr<each Value>, name: String? = nil, including: [String] = [], nullsNotDistinct: Bool = false,
        deferral: Deferral = .notDeferrable
    ) -> TableElement {
        let columns = columnNames(repeat each columns)
        return TableElement { schema in
            schema.uniques.append(
                UniqueSchema(
                    name: name ?? ObjectName.make(schema.name.name, columns, "key"), columns: columns, include: including,
                    nullsNotDistinct: nullsNotDistinct, deferral: deferral))
        }
    }

    /// A foreign key of several columns: `.foreignKey(t.a, t.b, references: Other.self) { ($0.a, $0.b) }`. Both sides must have the same
    /// types, NULL or not.
    public static func foreignKey<Other: Table, each Value: SQLValue, each Referenced: SQLValue>(
        _ columns: repeat Expr<each Value>, references table: Other.Type, _ referenced: (Other.Columns) -> (repeat Expr<each Referenced>),
        onDelete: ReferentialAction = .noAction, onDeleteColumns: [String] = [], onUpdate: ReferentialAction = .noAction,
        matchesFull: Bool = false, deferral: Deferral = .notDeferrable, isValidated: Bool = true, name: String? = nil
    ) -> TableElement where repeat (each Value).NonNull == (each Referenced).NonNull {
        let columns = columnNames(repeat each columns)
        let referencedColumns = columnNames(repeat each referenced(Other.newColumns()))
        return TableElement { schema in
            schema.foreignKeys.append(
                ForeignKeySchema(
                    name: name ?? ObjectName.make(schema.name.name, columns, "fkey"), columns: columns, table: Other.tableName,
                    referencedColumns: referencedColumns, onDelete: onDelete, onDeleteColumns: onDeleteColumns, onUpdate: onUpdate,
                    matchesFull: matchesFull, deferral: deferral, isValidated: isValidated))
        }
    }

    public static func check(_ name: String, _ condition: any ConditionExpression, isValidated: Bool = true) -> TableElement {
        let text = condition.definitionText
        return TableElement { $0.checks.append(CheckSchema(name: name, expression: text, isValidated: isValidated)) }
    }

    /// `.index(t.projectID, t.createdAt.desc, where: t.state == .queued)`.
    ///
    /// - Parameter concurrently: Built without locking out writers; the migration then runs outside a transaction.
    public static func index<each Term: IndexTerm>(
        _ terms: repeat each Term, name: String? = nil, unique isUnique: Bool = false, using method: String = "btree",
        including: [String] = [], where predicate: (any ConditionExpression)? = nil, nullsNotDistinct: Bool = false,
        concurrently isConcurrent: Bool = false, parameters: [String: String] = [:]
    ) -> TableElement {
        var elements: [IndexElement] = []
        var columns: [String] = []
        for (element, column) in repeat ((each terms).indexElement, (each terms).indexColumn) {
            elements.append(element)
            columns.append(column ?? "expr")
        }
        let predicate = predicate?.definitionText
        return TableElement { [elements, columns] schema in
            schema.indexes.append(
                IndexSchema(
                    name: name ?? ObjectName.make(schema.name.name, columns, "idx"), isUnique: isUnique, method: method, elements: elements,
                    include: including, predicate: predicate, nullsNotDistinct: nullsNotDistinct, isConcurrent: isConcurrent,
                    parameters: parameters))
        }
    }

    /// No two rows with all of these related by their operators: `.exclude(using: "gist", [(t.room, "="), (t.period, "&&")])`.
    public static func exclude(
        _ name: String, using method: String, _ elements: [(any IndexTerm, String)], where predicate: (any ConditionExpression)? = nil
    ) -> TableElement {
        let parts = elements.map { ExclusionSchema.Element(element: $0.0.indexElement, operation: $0.1) }
        let predicate = predicate?.definitionText
        return TableElement {
            $0.exclusions.append(ExclusionSchema(name: name, method: method, elements: parts, predicate: predicate))
        }
    }

    /// What has no method of its own: `.other { $0.checks[0].isInherited = false }`. It is applied where it stands in the list.
    public static func other(_ change: @escaping (inout TableSchema) -> Void) -> TableElement { TableElement(apply: change) }

    public static func comment(_ text: String) -> TableElement { TableElement { $0.comment = text } }

    private static func columnNames<each Value>(_ columns: repeat Expr<each Value>) -> [String] {
        var names: [String] = []
        repeat names.append((each columns).columnName)
        return names
    }
}
