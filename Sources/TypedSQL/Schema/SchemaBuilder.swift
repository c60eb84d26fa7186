/// Puts a table's schema together, for code that the macro writes.
public struct SchemaBuilder<Source: Table> {
    private var schema = TableSchema(name: Source.tableName)
    private var keyColumns: [String] = []

    public init(renamedFrom: String? = nil, comment: String? = nil) {
        schema.renamedFrom = renamedFrom
        schema.comment = comment
    }

    public mutating func column<Value: SQLValue>(
        _ name: String, _ type: Value.Type, _ options: ColumnOption..., default defaultValue: ColumnDefault? = nil
    ) {
        var column = ColumnSchema(name: name, type: Value.NonNull.sqlType, isNullable: Value.isNullable)
        column.defaultValue = defaultValue?.sql
        for option in options { apply(option, to: &column) }
        schema.columns.append(column)
        if let allowed = Value.NonNull.allowedValues {
            let list = allowed.map { Literal.quoted($0) }.joined(separator: ", ")
            addCheck(name: nil, column: name, "\(Identifier.quoted(name)) in (\(list))")
        }
    }

    private mutating func apply(_ option: ColumnOption, to column: inout ColumnSchema) {
        let table = schema.name.name
        switch option.content {
        case .primaryKey: keyColumns.append(column.name)
        case .unique(let nullsNotDistinct):
            schema.uniques.append(
                UniqueSchema(
                    name: ObjectName.make(table, [column.name], "key"), columns: [column.name], nullsNotDistinct: nullsNotDistinct))
        case .type(let type): column.type = type
        case .identity(let identity): column.identity = identity
        case .generated(let sql): column.generated = sql
        case .check(let name, let sql): addCheck(name: name, column: column.name, sql)
        case .collation(let name): column.collation = name
        case .comment(let text): column.comment = text
        case .renamedFrom(let name): column.renamedFrom = name
        case .index(let name):
            schema.indexes.append(
                IndexSchema(
                    name: name ?? ObjectName.make(table, [column.name], "idx"), isUnique: false, method: "btree",
                    elements: [IndexElement(expression: Identifier.quoted(column.name))]))
        }
    }

    private mutating func addCheck(name: String?, column: String, _ sql: String) {
        var name = name ?? ObjectName.make(schema.name.name, [column], "check")
        let base = name
        var number = 1
        while schema.checks.contains(where: { $0.name == name }) {
            name = base + String(number)
            number += 1
        }
        schema.checks.append(CheckSchema(name: name, expression: sql))
    }

    /// A foreign key of one column. That both columns have one type is checked by the compiler.
    public mutating func reference<Other: Table, Value: SQLValue, Referenced: SQLValue>(
        _ column: String, _ type: Value.Type, _ table: Other.Type, _ referenced: (Other.Columns) -> Expr<Referenced>,
        onDelete: ReferentialAction = .noAction, onUpdate: ReferentialAction = .noAction, name: String? = nil,
        deferral: Deferral = .notDeferrable
    ) where Value.NonNull == Referenced.NonNull {
        let key = ForeignKeySchema(
            name: name ?? ObjectName.make(schema.name.name, [column], "fkey"), columns: [column], table: Other.tableName,
            referencedColumns: [referenced(Other.newColumns()).columnName], onDelete: onDelete, onUpdate: onUpdate, deferral: deferral)
        schema.foreignKeys.append(key)
    }

    public func finish() -> TableSchema {
        var schema = schema
        if !keyColumns.isEmpty {
            schema.primaryKey = PrimaryKeySchema(name: ObjectName.make(schema.name.name, [], "pkey"), columns: keyColumns)
        }
        for element in Source.constraints(Source.newColumns()) { element.apply(&schema) }
        return schema
    }
}

extension Expr {
    var columnName: String {
        guard case .column(_, let name) = node else { preconditionFailure("a column is wanted here, not an expression") }
        return name
    }
}

/// Names that PostgreSQL itself would choose, cut to what it can hold.
enum ObjectName {
    private static let limit = 63

    static func make(_ table: String, _ columns: [String], _ suffix: String) -> String {
        let name = ([table] + columns + [suffix]).joined(separator: "_")
        guard name.utf8.count > limit else { return name }
        // FNV-1a of the whole, so that two long names with one beginning stay apart.
        let hash = name.utf8.reduce(UInt32(0x811C_9DC5)) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
        let tail = "_" + String(hash, radix: 36) + "_" + suffix
        var head = name
        while head.utf8.count + tail.utf8.count > limit { head.removeLast() }
        return head + tail
    }

    /// The name with a number behind it, within what the server keeps of a name.
    static func numbered(_ name: String, _ number: Int) -> String {
        let tail = "_\(number)"
        var head = name
        while head.utf8.count + tail.utf8.count > limit { head.removeLast() }
        return head + tail
    }
}
