import TypedSQL

/// One table as a struct.
struct TableSource {
    private let table: TableSchema
    private let types: SwiftTypes

    init(_ table: TableSchema, _ types: SwiftTypes) {
        self.table = table
        self.types = types
    }

    var text: String {
        var arguments = [SwiftNames.literal(table.name.name)]
        if let schema = table.name.schema { arguments.append("schema: \(SwiftNames.literal(schema))") }
        if let comment = table.comment { arguments.append("comment: \(SwiftNames.literal(comment))") }
        let properties = table.columns.map { "    " + property($0) }
        var body = properties.joined(separator: "\n")
        let elements = elements
        if !elements.isEmpty {
            body +=
                "\n\n    static func constraints(_ table: Columns) -> [TableElement] {\n        [\n"
                + elements.map { "            \($0),\n" }.joined() + "        ]\n    }"
        }
        return "@Table(\(arguments.joined(separator: ", ")))\nstruct \(types.name(of: table.name)) {\n\(body)\n}"
    }

    /// Of each column; two columns never share one.
    private var propertyNames: [String: String] {
        var names: [String: String] = [:]
        var used: Set<String> = ["tableReference"]
        for column in table.columns {
            var name = SwiftNames.property(column.name)
            while !used.insert(name).inserted { name += "2" }
            names[column.name] = name
        }
        return names
    }

    private func property(_ column: ColumnSchema) -> String {
        let name = propertyNames[column.name] ?? column.name
        let (type, isExact) = types.swift(column.type)
        var options: [String] = [SwiftNames.literal(column.name)]
        if !isExact { options.append(".type(\(types.expression(column.type)))") }
        if let identity = column.identity { options.append(".identity(\(identity.source))") }
        if let generated = column.generated { options.append(".generated(\(SwiftNames.literal(generated)))") }
        if let collation = column.collation { options.append(".collation(\(SwiftNames.literal(collation)))") }
        if let comment = column.comment { options.append(".comment(\(SwiftNames.literal(comment)))") }
        if let value = column.defaultValue { options.append("default: .sql(\(SwiftNames.literal(value)))") }
        let isComputed = column.generated != nil || column.identity?.generation == .always
        let isKey = table.primaryKey?.columns.contains(column.name) == true
        let keyword = isComputed || isKey ? "let" : "var"
        return "@Column(\(options.joined(separator: ", "))) \(keyword) \(name): \(type)\(column.isNullable ? "?" : "")"
    }

    private var elements: [String] {
        var elements: [String] = []
        if let key = table.primaryKey {
            let include = key.include.isEmpty ? "" : ", include: \(list(key.include))"
            elements.append(
                ".other { $0.primaryKey = PrimaryKeySchema(name: \(SwiftNames.literal(key.name)), columns: \(list(key.columns))\(include)) }"
            )
        }
        elements += table.uniques.map(unique) + table.foreignKeys.map(foreignKey) + table.checks.map(check)
        elements += table.exclusions.map(exclusion) + table.indexes.map(index) + security + partitions
        return elements
    }

    private func list(_ texts: [String]) -> String { "[\(texts.map(SwiftNames.literal).joined(separator: ", "))]" }

    private func columns(_ names: [String]) -> String { names.map { "table.\(propertyNames[$0] ?? $0)" }.joined(separator: ", ") }

    private func unique(_ key: UniqueSchema) -> String {
        var text = ".unique(\(columns(key.columns)), name: \(SwiftNames.literal(key.name))"
        if !key.include.isEmpty { text += ", including: \(list(key.include))" }
        if key.nullsNotDistinct { text += ", nullsNotDistinct: true" }
        if key.deferral != .notDeferrable { text += ", deferral: .\(key.deferral)" }
        return text + ")"
    }

    private func foreignKey(_ key: ForeignKeySchema) -> String {
        let place = key.table.schema.map { ", schema: \(SwiftNames.literal($0))" } ?? ""
        var text =
            "ForeignKeySchema(name: \(SwiftNames.literal(key.name)), columns: \(list(key.columns)), table: TableName(\(SwiftNames.literal(key.table.name))\(place)), referencedColumns: \(list(key.referencedColumns))"
        if key.onDelete != .noAction { text += ", onDelete: .\(key.onDelete)" }
        if !key.onDeleteColumns.isEmpty { text += ", onDeleteColumns: \(list(key.onDeleteColumns))" }
        if key.onUpdate != .noAction { text += ", onUpdate: .\(key.onUpdate)" }
        if key.matchesFull { text += ", matchesFull: true" }
        if key.deferral != .notDeferrable { text += ", deferral: .\(key.deferral)" }
        if !key.isValidated { text += ", isValidated: false" }
        return ".other { $0.foreignKeys.append(\(text))) }"
    }

    private func check(_ check: CheckSchema) -> String {
        guard check.isInherited else {
            return
                ".other { $0.checks.append(CheckSchema(name: \(SwiftNames.literal(check.name)), expression: \(SwiftNames.literal(check.expression)), isValidated: \(check.isValidated), isInherited: false)) }"
        }
        return
            ".check(\(SwiftNames.literal(check.name)), \(condition(check.expression))\(check.isValidated ? "" : ", isValidated: false"))"
    }

    private func condition(_ sql: String) -> String { "Fragment(\(SwiftNames.literal(sql))).as(Bool.self)" }

    private func element(_ element: IndexElement) -> String {
        var parts = ["expression: \(SwiftNames.literal(element.expression))"]
        if element.isDescending { parts.append("isDescending: true") }
        if let first = element.nullsFirst { parts.append("nullsFirst: \(first)") }
        if let name = element.operatorClass { parts.append("operatorClass: \(SwiftNames.literal(name))") }
        if let name = element.collation { parts.append("collation: \(SwiftNames.literal(name))") }
        return "IndexElement(\(parts.joined(separator: ", ")))"
    }

    private func exclusion(_ exclusion: ExclusionSchema) -> String {
        let elements = exclusion.elements.map {
            "ExclusionSchema.Element(element: \(element($0.element)), operation: \(SwiftNames.literal($0.operation)))"
        }
        var text =
            "ExclusionSchema(name: \(SwiftNames.literal(exclusion.name)), method: \(SwiftNames.literal(exclusion.method)), elements: [\(elements.joined(separator: ", "))]"
        if let predicate = exclusion.predicate { text += ", predicate: \(SwiftNames.literal(predicate))" }
        if exclusion.deferral != .notDeferrable { text += ", deferral: .\(exclusion.deferral)" }
        return ".other { $0.exclusions.append(\(text))) }"
    }

    private func index(_ index: IndexSchema) -> String {
        let names = index.elements.map { element in
            table.columns.first { "\"\($0.name.replacing("\"", with: "\"\""))\"" == element.expression }?.name
        }
        let isSimple = index.elements.allSatisfy { $0.operatorClass == nil && $0.collation == nil } && !names.contains(nil)
        var text: String
        if isSimple {
            let terms = zip(index.elements, names).map { element, name in
                var term = "table.\(propertyNames[name ?? ""] ?? "")"
                if element.isDescending { term += ".desc" } else if element.nullsFirst != nil { term += ".asc" }
                if let first = element.nullsFirst { term += first ? ".nullsFirst()" : ".nullsLast()" }
                return term
            }
            text = ".index(\(terms.joined(separator: ", ")), name: \(SwiftNames.literal(index.name))"
            if index.isUnique { text += ", unique: true" }
            if index.method != "btree" { text += ", using: \(SwiftNames.literal(index.method))" }
            if !index.include.isEmpty { text += ", including: \(list(index.include))" }
            if let predicate = index.predicate { text += ", where: \(condition(predicate))" }
            if index.nullsNotDistinct { text += ", nullsNotDistinct: true" }
            if !index.parameters.isEmpty { text += ", parameters: \(dictionary(index.parameters))" }
            return text + ")"
        }
        text =
            "IndexSchema(name: \(SwiftNames.literal(index.name)), isUnique: \(index.isUnique), method: \(SwiftNames.literal(index.method)), elements: [\(index.elements.map(element).joined(separator: ", "))]"
        if !index.include.isEmpty { text += ", include: \(list(index.include))" }
        if let predicate = index.predicate { text += ", predicate: \(SwiftNames.literal(predicate))" }
        if index.nullsNotDistinct { text += ", nullsNotDistinct: true" }
        if !index.parameters.isEmpty { text += ", parameters: \(dictionary(index.parameters))" }
        return ".other { $0.indexes.append(\(text))) }"
    }

    private func dictionary(_ values: [String: String]) -> String {
        "["
            + values.sorted { $0.key < $1.key }.map { "\(SwiftNames.literal($0.key)): \(SwiftNames.literal($0.value))" }.joined(
                separator: ", ") + "]"
    }

    private var security: [String] {
        var elements: [String] = []
        if table.rowSecurity != .off { elements.append(".rowSecurity(forced: \(table.rowSecurity == .forced))") }
        for policy in table.policies {
            var text = ".policy(\(SwiftNames.literal(policy.name))"
            if policy.command != .all { text += ", for: .\(policy.command)" }
            if !policy.roles.isEmpty { text += ", to: \(list(policy.roles))" }
            if !policy.isPermissive { text += ", restrictive: true" }
            if let using = policy.using { text += ", using: \(condition(using))" }
            if let check = policy.check { text += ", check: \(condition(check))" }
            elements.append(text + ")")
        }
        // A policy switches row security on; here it is off all the same.
        if table.rowSecurity == .off, !table.policies.isEmpty { elements.append(".other { $0.rowSecurity = .off }") }
        for grant in table.grants {
            let privileges = grant.privileges.map { ".\($0)" }.joined(separator: ", ")
            elements.append(".grant(\(privileges), to: \(grant.roles.map(SwiftNames.literal).joined(separator: ", ")))")
        }
        return elements
    }

    private var partitions: [String] {
        guard let partitioning = table.partitioning else { return [] }
        return [".other { $0.partitioning = \(source(partitioning)) }"]
            + table.partitions.map { ".other { $0.partitions.append(\(source($0))) }" }
    }

    private func source(_ partitioning: Partitioning) -> String {
        "Partitioning(strategy: .\(partitioning.strategy), keys: \(list(partitioning.keys)))"
    }

    private func source(_ partition: PartitionSchema) -> String {
        let place = partition.name.schema.map { ", schema: \(SwiftNames.literal($0))" } ?? ""
        var text =
            "PartitionSchema(name: TableName(\(SwiftNames.literal(partition.name.name))\(place)), bounds: \(SwiftNames.literal(partition.bounds))"
        if let partitioning = partition.partitioning { text += ", partitioning: \(source(partitioning))" }
        if !partition.partitions.isEmpty { text += ", partitions: [\(partition.partitions.map(source).joined(separator: ", "))]" }
        return text + ")"
    }
}
