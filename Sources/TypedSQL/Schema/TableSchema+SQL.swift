/// The statements that make a table from nothing. Identifiers are quoted; expressions are the definition's own.
extension TableSchema {
    /// CREATE TABLE and what belongs to it, in the order to run: the table, its partitions, indexes, comments, row security, grants.
    /// Foreign keys come in ``foreignKeyStatements``, when all tables are there.
    public var createStatements: [String] {
        var statements = [createTable]
        statements += partitions.flatMap { $0.createStatements(of: name) }
        statements += indexes.map { $0.createStatement(on: name) }
        if let comment { statements.append("comment on table \(name) is \(Literal.quoted(comment))") }
        for column in columns {
            guard let comment = column.comment else { continue }
            statements.append("comment on column \(name).\(Identifier.quoted(column.name)) is \(Literal.quoted(comment))")
        }
        if rowSecurity != .off { statements.append("alter table \(name) enable row level security") }
        if rowSecurity == .forced { statements.append("alter table \(name) force row level security") }
        statements += policies.map { $0.createStatement(on: name) }
        statements += grants.map { $0.statement(on: name) }
        return statements
    }

    public var foreignKeyStatements: [String] { foreignKeys.map { "alter table \(name) add \($0.definition)" } }

    private var createTable: String {
        var parts = columns.map(\.definition)
        if let primaryKey { parts.append(primaryKey.definition) }
        parts += uniques.map(\.definition) + checks.map(\.definition) + exclusions.map(\.definition)
        let lines = parts.map { "    \($0)" }.joined(separator: ",\n")
        return "create table \(name) (\n\(lines)\n)" + (partitioning.map { " \($0.clause)" } ?? "")
    }
}

extension ColumnSchema {
    /// As in CREATE TABLE and ADD COLUMN.
    public var definition: String {
        var text = "\(Identifier.quoted(name)) \(type)"
        if let collation { text += " collate \(Identifier.quoted(collation))" }
        if let generated { text += " generated always as (\(generated)) stored" }
        if let identity { text += " generated \(identity.generation.rawValue) as identity\(identity.options)" }
        if let defaultValue { text += " default \(defaultValue)" }
        return isNullable ? text : text + " not null"
    }
}

extension IdentitySchema {
    /// In parentheses, with a space in front; empty when nothing is said.
    public var options: String {
        var parts: [String] = []
        if let start { parts.append("start with \(start)") }
        if let increment { parts.append("increment by \(increment)") }
        if let minimum { parts.append("minvalue \(minimum)") }
        if let maximum { parts.append("maxvalue \(maximum)") }
        if let cache { parts.append("cache \(cache)") }
        if cycles { parts.append("cycle") }
        return parts.isEmpty ? "" : " (" + parts.joined(separator: " ") + ")"
    }
}

private func list(_ columns: [String]) -> String { "(" + columns.map(Identifier.quoted).joined(separator: ", ") + ")" }

private func including(_ columns: [String]) -> String { columns.isEmpty ? "" : " include " + list(columns) }

extension Deferral {
    fileprivate var suffix: String { self == .notDeferrable ? "" : " \(rawValue)" }
}

extension PrimaryKeySchema {
    public var definition: String { "constraint \(Identifier.quoted(name)) primary key \(list(columns))\(including(include))" }
}

extension UniqueSchema {
    public var definition: String {
        "constraint \(Identifier.quoted(name)) unique\(nullsNotDistinct ? " nulls not distinct" : "") \(list(columns))"
            + including(include) + deferral.suffix
    }
}

extension ForeignKeySchema {
    public var definition: String {
        var text = "constraint \(Identifier.quoted(name)) foreign key \(list(columns)) references \(table) \(list(referencedColumns))"
        if matchesFull { text += " match full" }
        if onDelete != .noAction {
            text += " on delete \(onDelete.rawValue)" + (onDeleteColumns.isEmpty ? "" : " \(list(onDeleteColumns))")
        }
        if onUpdate != .noAction { text += " on update \(onUpdate.rawValue)" }
        return text + deferral.suffix + (isValidated ? "" : " not valid")
    }
}

extension CheckSchema {
    public var definition: String {
        "constraint \(Identifier.quoted(name)) check (\(expression))" + (isInherited ? "" : " no inherit")
            + (isValidated ? "" : " not valid")
    }
}

extension ExclusionSchema {
    public var definition: String {
        let parts = elements.map { "\($0.element.text) with \($0.operation)" }.joined(separator: ", ")
        return "constraint \(Identifier.quoted(name)) exclude using \(method) (\(parts))" + (predicate.map { " where (\($0))" } ?? "")
            + deferral.suffix
    }
}

extension IndexElement {
    /// As in CREATE INDEX.
    public var text: String {
        var text = expression
        if let collation { text += " collate \(Identifier.quoted(collation))" }
        if let operatorClass { text += " \(operatorClass)" }
        if isDescending { text += " desc" }
        if let nullsFirst { text += nullsFirst ? " nulls first" : " nulls last" }
        return text
    }
}

extension IndexSchema {
    public func createStatement(on table: TableName) -> String {
        var text = "create \(isUnique ? "unique " : "")index \(isConcurrent ? "concurrently " : "")\(Identifier.quoted(name)) on \(table)"
        text += " using \(method) (\(elements.map(\.text).joined(separator: ", ")))" + including(include)
        if nullsNotDistinct { text += " nulls not distinct" }
        if !parameters.isEmpty {
            text += " with (" + parameters.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }.joined(separator: ", ") + ")"
        }
        return text + (predicate.map { " where \($0)" } ?? "")
    }
}

extension Partitioning {
    public var clause: String { "partition by \(strategy.rawValue) (\(keys.joined(separator: ", ")))" }
}

extension PartitionSchema {
    public func createStatements(of parent: TableName) -> [String] {
        let own = "create table \(name) partition of \(parent) \(bounds)" + (partitioning.map { " \($0.clause)" } ?? "")
        return [own] + partitions.flatMap { $0.createStatements(of: name) }
    }
}

extension PolicySchema {
    public func createStatement(on table: TableName) -> String {
        var text = "create policy \(Identifier.quoted(name)) on \(table)" + (isPermissive ? "" : " as restrictive")
        text += " for \(command.rawValue)"
        if !roles.isEmpty { text += " to " + roles.map(Identifier.quoted).joined(separator: ", ") }
        if let using { text += " using (\(using))" }
        if let check { text += " with check (\(check))" }
        return text
    }
}

extension GrantSchema {
    public func statement(on table: TableName) -> String {
        let names = privileges.map(\.rawValue).joined(separator: ", ")
        return "grant \(names) on \(table) to \(roles.map(Identifier.quoted).joined(separator: ", "))"
    }
}

extension EnumDefinition {
    public var type: SQLType { .custom(name, schema: schema) }

    public var createStatement: String {
        "create type \(type) as enum (\(labels.map { Literal.quoted($0) }.joined(separator: ", ")))"
    }
}

extension DatabaseSchema {
    /// Everything from nothing, in an order that works.
    public var createStatements: [String] {
        var statements = schemas.map { "create schema \(Identifier.quoted($0))" }
        statements += extensions.map { "create extension if not exists \(Identifier.quoted($0))" }
        statements += enums.map(\.createStatement)
        statements += sequences.map {
            "create sequence \(TableName($0.name, schema: $0.schema)) as \($0.type)\($0.options.options.filter { $0 != "(" && $0 != ")" })"
        }
        statements += tables.flatMap(\.createStatements)
        statements += tables.flatMap(\.foreignKeyStatements)
        return statements + objects.map(\.create)
    }
}
