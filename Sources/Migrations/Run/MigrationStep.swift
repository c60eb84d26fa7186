/// A part of a migration that is applied as a whole.
struct MigrationStep: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case transaction
        /// One statement that the server refuses to run in a transaction.
        case outside
    }

    var kind: Kind
    var statements: [SQLStatement]

    /// Most migrations are one step. What cannot be in a transaction, and what must be committed before it can be used, are steps of their
    /// own.
    static func steps(of script: SQLScript) -> [MigrationStep] {
        var steps: [MigrationStep] = []
        var current: [SQLStatement] = []
        func finish() {
            if !current.isEmpty { steps.append(MigrationStep(kind: .transaction, statements: current)) }
            current = []
        }
        for (place, statement) in script.statements.enumerated() {
            if statement.beginsStep { finish() }
            if statement.isMarkedOutside || statement.cannotBeInTransaction {
                finish()
                steps.append(MigrationStep(kind: .outside, statements: [statement]))
            } else if let label = statement.addedLabel,
                script.statements[(place + 1)...].contains(where: { $0.addedLabel == nil && $0.uses(label: label) })
            {
                finish()
                steps.append(MigrationStep(kind: .transaction, statements: [statement]))
            } else {
                current.append(statement)
            }
        }
        finish()
        return steps
    }
}

extension SQLStatement {
    var cannotBeInTransaction: Bool {
        if begins("vacuum") || begins("create", "database") || begins("drop", "database") || begins("alter", "system") { return true }
        guard begins("create") || begins("drop") || begins("reindex") || begins("alter", "table") || begins("refresh") else { return false }
        guard let place = tokens.firstIndex(where: { $0.isWord("concurrently") }) else { return false }
        if begins("refresh") { return false }
        return place < 6 || tokens.contains { $0.isWord("detach") }
    }

    /// The label of `alter type … add value '…'`.
    var addedLabel: String? {
        guard begins("alter", "type"), let place = tokens.firstIndex(where: { $0.isWord("add") }),
            place + 1 < tokens.count, tokens[place + 1].isWord("value")
        else { return nil }
        return tokens[(place + 2)...].first { $0.kind == .string }?.text
    }

    func uses(label: String) -> Bool {
        tokens.contains { $0.kind == .string && ($0.text == label || $0.text.contains("'\(label)'")) }
    }

    /// The index that `create index concurrently` makes, as SQL.
    var concurrentIndex: String? {
        guard begins("create", "index", "concurrently") || begins("create", "unique", "index", "concurrently"),
            let place = tokens.firstIndex(where: { $0.isWord("concurrently") }), place + 1 < tokens.count
        else { return nil }
        var next = place + 1
        if tokens[next].isWord("if") { next += 3 }
        guard next < tokens.count, !tokens[next].isWord("on") else { return nil }
        // The index is in the schema of its table.
        guard let on = tokens[next...].firstIndex(where: { $0.isWord("on") }), on + 1 < tokens.count else { return nil }
        let table = tokens[on + 1].isWord("only") ? on + 2 : on + 1
        let name = quoted(tokens[next].text)
        guard table + 1 < tokens.count, tokens[table + 1].isSymbol(".") else { return name }
        return quoted(tokens[table].text) + "." + name
    }
}
