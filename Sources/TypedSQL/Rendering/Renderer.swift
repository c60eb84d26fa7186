import PostgresClient

/// Writes a statement's text, numbers its parameters, and chooses aliases.
struct Renderer {
    enum Style {
        /// Values are parameters, columns carry their table's alias.
        case statement
        /// As in a CHECK: values are literals, columns stand alone.
        case definition
    }

    /// In UTF-8: appending to bytes is cheaper than to a string.
    private var bytes: [UInt8] = []
    /// Values behind the last argument of a prepared statement; all of them where there are no arguments.
    private(set) var parameters = PostgresParameters()
    /// Arguments of a prepared statement in the order of their places, each with the values in front of it.
    private(set) var arguments: [(values: PostgresParameters, argument: Argument)] = []
    /// Whether the text will be used again with other values.
    private let isPrepared: Bool
    /// What is wrong with the statement, in words; see ``misuse(_:)``.
    private var problem: String?
    private var parameterCount = 0
    private let style: Style

    private var aliases: [(source: SourceReference.Identity, alias: String)] = []
    /// Of sources that are out of sight again; nothing else may take them.
    private var retiredAliases: [String] = []
    private var tables = WithList()

    /// A place in a prepared statement whose value each call finds anew.
    enum Argument {
        case given(Int)
        case computed(ComputedValue)
    }

    init(style: Style = .statement, isPrepared: Bool = false) {
        self.style = style
        self.isPrepared = isPrepared
        if style == .statement { bytes.reserveCapacity(512) }
    }

    // MARK: Text

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Notes that the statement cannot mean anything. What is sent then is a text that the server refuses with these words: never a
    /// statement that means something else.
    mutating func misuse(_ problem: String) { self.problem = self.problem ?? problem }

    mutating func write(_ part: String) { bytes.append(contentsOf: part.utf8) }

    mutating func write(identifier name: String) {
        bytes.append(UInt8(ascii: "\""))
        let start = bytes.count
        bytes.append(contentsOf: name.utf8)
        if bytes[start...].contains(UInt8(ascii: "\"")) {
            bytes.removeLast(bytes.count - start)
            for byte in name.utf8 {
                if byte == UInt8(ascii: "\"") { bytes.append(byte) }
                bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func write(_ name: TableName) {
        if let schema = name.schema {
            write(identifier: schema)
            write(".")
        } else {
            tables.read(name.name)
        }
        write(identifier: name.name)
    }

    /// - Parameter minimum: What binds less tightly is put in parentheses.
    mutating func write(_ node: Node, minimum: Precedence = .lowest) {
        let needsParentheses = node.precedence < minimum
        if needsParentheses { write("(") }
        defer { if needsParentheses { write(")") } }
        switch node {
        case .column(let source, let name): write(source, name)
        case .value(let value): bind(value)
        case .null(let type): bindNull(type)
        case .argument(let index, let type): bindArgument(.given(index), type)
        case .computed(let value): bind(value)
        case .infix(let operation, let precedence, let left, let right):
            write(left, minimum: precedence == .comparison ? precedence.above : precedence)
            write(operation)
            write(right, minimum: precedence.isAssociative ? precedence : precedence.above)
        case .pieces(let pieces, _): for piece in pieces { write(piece) }
        }
    }

    mutating func write(_ piece: Piece) {
        switch piece {
        case .text(let part): write(part)
        case .node(let node, let minimum): write(node, minimum: minimum)
        case .statement(let body): body.render(into: &self)
        case .identifier(let name): write(identifier: name)
        }
    }

    mutating func write(list nodes: [Node]) {
        var isFirst = true
        for node in nodes {
            if !isFirst { write(", ") }
            isFirst = false
            write(node)
        }
    }

    mutating func write(_ source: SourceReference, _ name: String) {
        if style == .statement {
            let alias = knownAlias(of: source)
            if alias == nil {
                misuse("the column \"\(name)\" of \"\(source.identity.name)\" is used where that table is not in the query")
            }
            write(identifier: alias ?? source.identity.name)
            write(".")
        }
        if source.prefix.isEmpty { write(identifier: name) } else { write(identifier: source.prefix + name) }
    }

    // MARK: Values

    private mutating func bind(_ value: some ColumnValue) {
        guard style == .statement else { return write(Literal.text(of: value)) }
        parameters.append(value)
        finishParameter(of: type(of: value))
    }

    private mutating func bindNull<Value: ColumnValue>(_ type: Value.Type) {
        guard style == .statement else { return write("NULL::\(type.sqlType)") }
        parameters.appendNull(type.postgresType)
        finishParameter(of: type)
    }

    private mutating func bind(_ computed: ComputedValue) {
        if isPrepared { return bindArgument(.computed(computed), computed.type) }
        if let value = computed.make() { bind(value) } else { bindNull(computed.type) }
    }

    private mutating func bindArgument<Value: ColumnValue>(_ argument: Argument, _ type: Value.Type) {
        arguments.append((parameters, argument))
        parameters = PostgresParameters()
        finishParameter(of: type)
    }

    private mutating func finishParameter<Value: ColumnValue>(of type: Value.Type) {
        parameterCount += 1
        write("$")
        write(String(parameterCount))
        // The server is not told the type of these, and need not guess it.
        if type.postgresType == .inferred { write("::\(type.sqlType)") }
    }

    // MARK: Sources

    /// Gives `source` an alias for as long as ``leave(_:)`` has not been called with the scope from before.
    mutating func enter(_ source: SourceReference) {
        aliases.append((source.identity, unused(source.identity.name)))
    }

    mutating func enter(_ source: SourceReference, as alias: String) { aliases.append((source.identity, alias)) }

    var scope: Int { aliases.count }

    mutating func leave(_ scope: Int) {
        if scope > 0 { for entry in aliases[scope...] { retiredAliases.append(entry.alias) } }
        aliases.removeLast(aliases.count - scope)
    }

    func alias(of source: SourceReference) -> String { knownAlias(of: source) ?? source.identity.name }

    private func knownAlias(of source: SourceReference) -> String? {
        for entry in aliases.reversed() where entry.source === source.identity { return entry.alias }
        return nil
    }

    private func unused(_ wanted: String) -> String {
        var alias = wanted
        var number = 1
        while isUsed(alias) {
            number += 1
            alias = ObjectName.numbered(wanted, number)
        }
        return alias
    }

    private func isUsed(_ alias: String) -> Bool {
        for entry in aliases where entry.alias == alias { return true }
        return retiredAliases.contains(alias)
    }

    // MARK: WITH

    /// The name of a common table, which is rendered when it is first met.
    mutating func name(of table: CommonTable) -> String {
        if let name = tables.name(of: table) { return name }
        let name = tables.unused(table.name)
        tables.begin(table, name: name)
        // It sees nothing of the statement around it.
        let outer = (bytes, aliases, retiredAliases)
        (bytes, aliases, retiredAliases) = ([], [], [])
        table.render(name: name, into: &self)
        tables.finish(table, text: text)
        (bytes, aliases, retiredAliases) = outer
        return name
    }

    /// Renders a whole statement.
    static func rendering(isPrepared: Bool = false, _ body: (inout Renderer) -> Void) -> Renderer {
        var renderer = Renderer(isPrepared: isPrepared)
        body(&renderer)
        if renderer.tables.hideTables {
            // Now that all names are known, common tables can avoid those of tables.
            let names = renderer.tables.namesRead
            renderer = Renderer(isPrepared: isPrepared)
            renderer.tables.reserved = names
            body(&renderer)
        }
        renderer.finish()
        return renderer
    }

    /// Puts what ``name(of:)`` has met in front.
    private mutating func finish() {
        if let problem {
            // No type has such a value, so the server refuses it and says it back.
            self = Renderer()
            write("select " + Literal.text(of: "TypedSQL: " + problem) + "::pg_catalog.int4")
        } else if let with = tables.text {
            bytes.insert(contentsOf: with.utf8, at: 0)
        }
    }
}

/// The common tables of one statement.
struct WithList {
    private var entries: [(table: CommonTable, name: String)] = []
    /// In the order in which they were finished: those that others use come first.
    private var texts: [String] = []
    private var isRecursive = false
    /// Names of tables that the statement reads or writes, which a common table of that name would hide.
    private(set) var namesRead: [String] = []
    /// Names that no common table may have.
    var reserved: [String] = []

    mutating func read(_ name: String) { namesRead.append(name) }

    var hideTables: Bool { entries.contains { namesRead.contains($0.name) } }

    func name(of table: CommonTable) -> String? { entries.first { $0.table === table }?.name }

    /// Names of common tables and aliases do not get in each other's way.
    func unused(_ wanted: String) -> String {
        var name = wanted
        var number = 1
        while reserved.contains(name) || entries.contains(where: { $0.name == name }) {
            number += 1
            name = ObjectName.numbered(wanted, number)
        }
        return name
    }

    mutating func begin(_ table: CommonTable, name: String) {
        entries.append((table, name))
        isRecursive = isRecursive || table.isRecursive
    }

    mutating func finish(_ table: CommonTable, text: String) { texts.append(text) }

    var text: String? { texts.isEmpty ? nil : (isRecursive ? "with recursive " : "with ") + texts.joined(separator: ", ") + " " }
}
