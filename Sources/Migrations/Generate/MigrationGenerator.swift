public import TypedSQL

/// What a new migration should be made of, beside the schema.
public struct GenerateOptions: Sendable {
    /// Behind the number; from the changes when nil.
    public var name: String?
    public var renames: [RenameHint] = []
    /// `column:runs.title`, `table:runs`: really dropped, not renamed.
    public var drops: Set<String> = []
    public var fills: [ColumnFill] = []
    /// Names of tables that another program may have made in the same database: they, their columns and their indexes are made where they
    /// are missing, and left alone where they are there.
    public var adopting: Set<String> = []
    /// Writes a migration even when nothing differs, for SQL by hand.
    public var isCustom = false
    /// Joins the heads of branches.
    public var isMerge = false

    public init() {}
}

/// A migration that was or would be written.
public struct GeneratedMigration: Hashable, Sendable {
    public var id: String
    public var sql: String
    public var schema: DatabaseSchema
    /// `drop-column runs.output`: what must be allowed before it can be applied.
    public var losses: [String]
}

/// Writes the SQL between the last snapshot and the declared schema. The same input gives the same bytes.
public struct MigrationGenerator: Sendable {
    private let folder: MigrationFolder

    public init(_ folder: MigrationFolder) { self.folder = folder }

    /// - Returns: Nil when nothing differs.
    /// - Throws: ``MigrationError``: a drop that may be a rename, a change that must be written by hand, heads that are not merged.
    public func migration(to declared: DatabaseSchema, options: GenerateOptions = GenerateOptions()) throws(MigrationError)
        -> GeneratedMigration?
    {
        let list = try folder.migrations()
        if options.isMerge { return try MigrationMerge(folder, list).migration(options) }
        try list.checkHeads()
        let parent = list.heads.first
        let before = try parent.map { id throws(MigrationError) in try folder.snapshot(id) } ?? DatabaseSchema(tables: [])
        let diff = try SchemaDiff(from: before, to: declared, hints: options.renames)
        try AmbiguousRenames.check(diff, drops: options.drops)
        let plan = try MigrationPlan(diff, fills: options.fills, adopting: options.adopting)
        guard !plan.statements.isEmpty || options.isCustom else { return nil }
        let id = Self.nextNumber(list) + "_" + (options.name.map(Self.slug) ?? Self.defaultName(diff, isFirst: parent == nil))
        let losses = plan.statements.filter { !$0.isHarmless }.compactMap(\.loss).unique
        return GeneratedMigration(
            id: id, sql: Self.text(plan, parents: parent.map { [$0] } ?? []), schema: declared.normalized, losses: losses)
    }

    /// Writes it into the folder.
    /// - Returns: The path of its own folder.
    public func write(_ migration: GeneratedMigration) throws(MigrationError) -> String {
        try folder.write(id: migration.id, sql: migration.sql, schema: migration.schema)
    }

    static func text(_ plan: MigrationPlan, parents: [String]) -> String {
        var lines = ["-- parents: \(parents.isEmpty ? "none" : parents.joined(separator: " "))"]
        let losses = plan.statements.filter { !$0.isHarmless }.compactMap(\.loss).unique
        if !losses.isEmpty {
            lines.append("-- This loses data for good. Where that is meant, change \"lossy\" to \"allow\".")
            lines += losses.map { "-- lossy: \($0)" }
        }
        let harmless = plan.statements.filter(\.isHarmless).compactMap(\.loss).unique.filter { !losses.contains($0) }
        lines += harmless.map { "-- allow: \($0)" }
        var phase: Phase?
        for statement in plan.statements {
            if statement.phase != phase { lines.append("") }
            phase = statement.phase
            lines.append(statement.sql + ";")
        }
        if plan.statements.isEmpty { lines += ["", "-- Your SQL here."] }
        return lines.joined(separator: "\n") + "\n"
    }

    static func nextNumber(_ list: MigrationList) -> String {
        let last = list.migrations.compactMap { Int($0.id.prefix(4)) }.max() ?? 0
        let digits = String(last + 1)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    static func slug(_ name: String) -> String {
        let words = name.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        return words.isEmpty ? "migration" : words.joined(separator: "_")
    }

    /// From the first change, so that it does not depend on chance.
    private static func defaultName(_ diff: SchemaDiff, isFirst: Bool) -> String {
        if isFirst { return "initial" }
        guard let first = diff.changes.lazy.flatMap(\.names).first else { return "custom" }
        return String(slug(first).prefix(40))
    }
}

extension SchemaChange {
    fileprivate var names: [String] {
        switch self {
        case .createTable(let table): ["create \(table.name.name)"]
        case .dropTable(let name): ["drop \(name.name)"]
        case .renameTable(_, let to): ["rename \(to.name)"]
        case .table(let names, .addColumn(let column)): ["add \(names.new.name) \(column.name)"]
        case .table(let names, .dropColumn(let column)): ["drop \(names.new.name) \(column.name)"]
        case .table(let names, _): ["change \(names.new.name)"]
        case .createEnum(let type), .rebuildEnum(_, let type): ["type \(type.name)"]
        case .addLabel(let type, let label, _, _): ["add \(type.name) \(label)"]
        case .createObject(let object), .replaceObject(_, let object), .dropObject(let object): [object.id]
        default: ["change schema"]
        }
    }
}

extension [String] {
    fileprivate var unique: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
