/// What statements may lose, as directives name it.
enum DestructiveChanges {
    /// `drop-column runs.output`, with the statement.
    static func all(in script: SQLScript) -> [(loss: String, statement: SQLStatement)] {
        script.statements.flatMap { statement in losses(of: statement).map { ($0, statement) } }
    }

    /// Throws unless the migration says that each of its losses is meant.
    static func check(_ migration: Migration) throws(MigrationError) {
        for (loss, statement) in all(in: migration.script) where !migration.allowed.contains(loss) {
            throw MigrationError(
                .lossy,
                "\(migration.path):\(statement.line): \(statement.summary)\nThis may lose data. If that is meant, the file must say so in a line of its own: -- allow: \(loss)"
            )
        }
    }

    private static func losses(of statement: SQLStatement) -> [String] {
        var reader = NameReader(statement)
        if statement.begins("drop", "table") { return reader.names(after: 2).map { "drop-table \($0)" } }
        if statement.begins("drop", "sequence") { return reader.names(after: 2).map { "drop-sequence \($0)" } }
        if statement.begins("drop", "materialized", "view") { return [] }
        if statement.begins("drop", "schema"), statement.tokens.contains(where: { $0.isWord("cascade") }) {
            return reader.names(after: 2).map { "drop-schema \($0)" }
        }
        if statement.begins("drop"), statement.tokens.last?.isWord("cascade") == true, statement.tokens.count > 2 {
            return reader.names(after: 2).map { "drop-cascade \($0)" }
        }
        if statement.begins("truncate") {
            return reader.names(after: statement.begins("truncate", "table") ? 2 : 1).map { "truncate \($0)" }
        }
        if statement.begins("delete", "from"), !statement.tokens.contains(where: { $0.isWord("where") }) {
            return reader.names(after: 2).map { "delete \($0)" }
        }
        guard statement.begins("alter", "table") else { return [] }
        guard let table = reader.names(after: 2).first else { return [] }
        return actions(statement, from: reader.position).compactMap { action in
            var action = Array(action)
            guard let verb = action.first else { return nil }
            action.removeFirst()
            if action.first?.isWord("column") == true { action.removeFirst() }
            if verb.isWord("drop") {
                if action.first?.isWord("if") == true { action.removeFirst(min(2, action.count)) }
                guard let column = action.first, !column.isWord("constraint"), !column.isWord("expression") else { return nil }
                return "drop-column \(table).\(column.text)"
            }
            guard verb.isWord("alter"), action.count > 2 else { return nil }
            let isTyped = action[1].isWord("type") || action.count > 3 && action[1].isWord("set") && action[2].isWord("data")
            return isTyped ? "change-type \(table).\(action[0].text)" : nil
        }
    }

    /// The parts of ALTER TABLE between its commas.
    private static func actions(_ statement: SQLStatement, from start: Int) -> [ArraySlice<SQLToken>] {
        var parts: [ArraySlice<SQLToken>] = []
        var depth = 0
        var first = start
        for index in start..<max(start, statement.tokens.count) {
            let token = statement.tokens[index]
            if token.isSymbol("(") { depth += 1 }
            if token.isSymbol(")") { depth -= 1 }
            if token.isSymbol(","), depth == 0 {
                parts.append(statement.tokens[first..<index])
                first = index + 1
            }
        }
        parts.append(statement.tokens[first...])
        return parts
    }
}

/// Reads names like `hotel.booking, room` from a statement.
struct NameReader {
    private let tokens: [SQLToken]
    /// Behind what was read.
    private(set) var position = 0

    init(_ statement: SQLStatement) { tokens = statement.tokens }

    mutating func names(after count: Int) -> [String] {
        position = count
        skip("only")
        if position < tokens.count, tokens[position].isWord("if") {
            while position < tokens.count, ["if", "not", "exists"].contains(tokens[position].text) { position += 1 }
        }
        skip("only")
        var names: [String] = []
        while let name = name() {
            names.append(name)
            guard position < tokens.count, tokens[position].isSymbol(",") else { break }
            position += 1
        }
        return names
    }

    private mutating func skip(_ word: String) {
        if position < tokens.count, tokens[position].isWord(word) { position += 1 }
    }

    private mutating func name() -> String? {
        guard position < tokens.count, tokens[position].kind == .word || tokens[position].kind == .quotedName else { return nil }
        var name = tokens[position].text
        position += 1
        while position + 1 < tokens.count, tokens[position].isSymbol(".") {
            name = name == "public" ? tokens[position + 1].text : name + "." + tokens[position + 1].text
            position += 2
        }
        return name
    }
}
