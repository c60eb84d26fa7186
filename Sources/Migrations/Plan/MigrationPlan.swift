import TypedSQL

/// When a statement of a migration runs. Later ones count on earlier ones.
enum Phase: Int, Comparable {
    case addLabels, roles, schemas, extensions, revokes, dropObjects, dropPolicies, dropForeignKeys, dropIndexes, dropTables, dropGenerated
    case dropColumns, renameTypes, renameTables, renameColumns, renameConstraints, createTypes, createSequences, earlyObjects, rebuildEnums
    case createTables, addColumns, alterColumns, addGenerated, addConstraints, addIndexes, addForeignKeys, validate, rowSecurity, policies
    case grants, comments, objects, dropLeftovers, concurrentIndexes

    static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
}

/// A statement of a migration.
struct PlannedStatement: Hashable {
    var phase: Phase
    var sql: String
    /// `drop-column runs.output`: what may be lost. One that loses nothing for certain, though it looks so, says that in `isHarmless`.
    var loss: String?
    var isHarmless = false
}

/// Values for rows that are there when a column stops being NULL, as SQL, by `table.column`.
public struct ColumnFill: Hashable, Sendable {
    public var table: String
    public var column: String
    public var expression: String

    /// - Parameter text: `table.column=SQL`.
    public init(_ text: String) throws(MigrationError) {
        let parts = text.split(separator: "=", maxSplits: 1)
        let path = parts.first?.split(separator: ".") ?? []
        guard parts.count == 2, path.count == 2 else { throw MigrationError(.usage, "--fill \(text): write table.column=expression.") }
        self.init(table: String(path[0]), column: String(path[1]), expression: String(parts[1]))
    }

    public init(table: String, column: String, expression: String) {
        self.table = table
        self.column = column
        self.expression = expression
    }
}

/// The statements that turn one schema into another, in an order that works.
struct MigrationPlan {
    let diff: SchemaDiff
    let fills: [ColumnFill]
    /// Tables that may be there already.
    let adopted: Set<String>
    private(set) var statements: [PlannedStatement] = []
    /// Columns whose default a rebuilt enum sets again.
    var settledDefaults: Set<ColumnPath> = []
    /// Columns that are dropped and added again, which makes their renaming needless.
    private(set) var remadeColumns: Set<ColumnPath> = []

    init(_ diff: SchemaDiff, fills: [ColumnFill] = [], adopting: Set<String> = []) throws(MigrationError) {
        self.diff = diff
        self.fills = fills
        adopted = adopting
        let changes = diff.changes + Dependents(of: diff).changes
        for change in changes {
            switch change {
            case .rebuildEnum(let from, let to): rebuildEnum(from, to)
            case .table(let names, .changeGenerated(_, let to)) where to.generated != nil:
                remadeColumns.insert(ColumnPath(table: names.new, column: to.name))
            default: break
            }
        }
        let roles = changes.compactMap { change -> String? in if case .createRole(let role) = change { role.name } else { nil } }
        if !roles.isEmpty { add(.roles, RoleScript.create(roles)) }
        for change in changes { try plan(change) }
        // Stable, so that the same input gives the same bytes.
        let ordered = statements.enumerated().sorted { ($0.element.phase, $0.offset) < ($1.element.phase, $1.offset) }
        statements = ordered.map(\.element)
    }

    mutating func add(_ phase: Phase, _ sql: String, loss: String? = nil, isHarmless: Bool = false) {
        statements.append(PlannedStatement(phase: phase, sql: plainNames(sql), loss: loss, isHarmless: isHarmless))
    }

    private mutating func plan(_ change: SchemaChange) throws(MigrationError) {
        switch change {
        case .createSchema(let name): add(.schemas, "create schema \(quoted(name))")
        case .dropSchema(let name): add(.dropLeftovers, "drop schema \(quoted(name))")
        case .createExtension(let name): add(.extensions, "create extension if not exists \(quoted(name))")
        case .dropExtension(let name): add(.dropLeftovers, "drop extension \(quoted(name))")
        case .createRole: break  // planned already, together
        case .grantSchema(let grant):
            let names = grant.privileges.map(\.rawValue).joined(separator: ", ")
            add(.grants, "grant \(names) on schema \(quoted(grant.schema)) to \(quoted(grant.roles))")
        case .revokeSchema(let grant):
            let names = grant.privileges.map(\.rawValue).joined(separator: ", ")
            add(.revokes, "revoke \(names) on schema \(quoted(grant.schema)) from \(quoted(grant.roles))")
        case .createEnum(let type): add(.createTypes, type.createStatement)
        case .dropEnum(let type): add(.dropLeftovers, "drop type \(type.type)")
        case .renameEnum(let from, let to): add(.renameTypes, "alter type \(from) rename to \(quoted(to.name))")
        case .renameLabel(let type, let from, let to):
            add(.renameTypes, "alter type \(renamedType(type)) rename value \(literal(from)) to \(literal(to))")
        case .addLabel(let type, let label, let after, let before):
            let place = after.map { " after \(literal($0))" } ?? before.map { " before \(literal($0))" } ?? ""
            add(.addLabels, "alter type \(type) add value if not exists \(literal(label))\(place)")
        case .rebuildEnum: break  // planned already
        case .createSequence(let sequence):
            add(.createSequences, "create sequence \(sequence.tableName) as \(sequence.type)\(sequence.options.sequenceClauses)")
        case .dropSequence(let sequence):
            add(.dropLeftovers, "drop sequence \(sequence.tableName)", loss: "drop-sequence \(sequence.tableName.plain)")
        case .alterSequence(let from, let to):
            let type = from.type == to.type ? "" : " as \(to.type)"
            add(.alterColumns, "alter sequence \(to.tableName)\(type)\(to.options.allSequenceClauses)")
        case .createTable(let table): try create(table)
        case .dropTable(let name):
            add(.dropTables, "drop table \(name)", loss: "drop-table \(name.plain)")
        case .renameTable(let from, let to): add(.renameTables, "alter table \(from) rename to \(quoted(to.name))")
        case .table(let names, let change): try plan(names, change)
        case .createObject(let object): create(object)
        case .dropObject(let object): try drop(object)
        case .replaceObject(let from, let to):
            if !from.replacesItself || !to.replacesItself { try drop(from) }
            create(to)
        }
    }

    private func renamedType(_ name: TableName) -> TableName {
        diff.renames.enums.first { $0.value == name }?.key ?? name
    }

    // MARK: Objects

    private mutating func create(_ object: SQLObject) {
        let phase: Phase = ObjectUses(diff.new).isUsedByTables(object) ? .earlyObjects : .objects
        for statement in SQLScript(object.create).statements {
            // As written: its text is what the snapshot keeps.
            statements.append(PlannedStatement(phase: phase, sql: statement.text))
        }
    }

    private mutating func drop(_ object: SQLObject) throws(MigrationError) {
        guard let drop = object.drop else {
            throw MigrationError(.unsupported, "The object \(object.id) does not say how it is dropped: give its SQLObject a `drop`.")
        }
        let phase: Phase = ObjectUses(diff.old).isUsedByTables(object) ? .dropLeftovers : .dropObjects
        for statement in SQLScript(drop).statements { statements.append(PlannedStatement(phase: phase, sql: statement.text)) }
    }
}

/// A column by its table's new name.
struct ColumnPath: Hashable {
    var table: TableName
    var column: String
}

extension TableName {
    /// For messages and directives: `hotel.booking`.
    var plain: String { schema.map { "\($0).\(name)" } ?? name }
}

extension SQLObject {
    /// Whether `create` may run while it exists.
    var replacesItself: Bool {
        guard let first = SQLScript(create).statements.first else { return false }
        return ["function", "procedure", "trigger"].contains { first.begins("create", "or", "replace", $0) }
    }

    /// `touch` of `function.touch(integer)`.
    var bareName: String {
        let tail = id.split(separator: ".", maxSplits: 1).last.map(String.init) ?? id
        return tail.split(separator: "(").first.map(String.init) ?? tail
    }
}

/// Which objects the expressions of tables call.
struct ObjectUses {
    private let expressions: [String]

    init(_ schema: DatabaseSchema) {
        var expressions: [String] = []
        for var table in schema.tables {
            table.policies = []  // made after all objects
            table.mapNames({ $0 }) { text in
                expressions.append(text)
                return text
            }
        }
        self.expressions = expressions
    }

    func isUsedByTables(_ object: SQLObject) -> Bool {
        object.id.hasPrefix("function.") && expressions.contains { NameReplacement.mentions($0, object.bareName) }
    }
}

/// Takes the quotes from names that need none.
func plainNames(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var copied = 0
    for token in SQLLexer.tokens(text) where token.kind == .quotedName {
        result += bytes[copied..<token.range.lowerBound] + Array(quoted(token.text).utf8)
        copied = token.range.upperBound
    }
    return String(decoding: result + bytes[copied...], as: UTF8.self)
}
