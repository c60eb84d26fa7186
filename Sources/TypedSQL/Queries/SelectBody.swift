/// A SELECT without its types.
struct SelectBody: Sendable {
    enum Distinct: Sendable {
        case no
        case yes
        case on([Node])
    }

    struct Lock: Sendable {
        var strength: LockStrength
        var tables: [SourceReference]
        var wait: LockWait
    }

    enum Operation: String, Sendable {
        case union
        case unionAll = "union all"
        case intersect
        case except
    }

    /// Another SELECT put behind this one.
    struct Compound: Sendable {
        var operation: Operation
        var body: SelectBody
    }

    var projection = ProjectionList()
    var sources: [FromItem] = []
    var conditions: [Node] = []
    var groups: [Node] = []
    var having: [Node] = []
    var order: [OrderTerm] = []
    var distinct = Distinct.no
    var limit: Node?
    var offset: Node?
    var locks: [Lock] = []
    var compounds: [Compound] = []
    var with: [CommonTable] = []
    /// What is wrong with it, in words.
    var problem: String?

    func render(into renderer: inout Renderer) {
        renderer.require(with)
        if let problem { renderer.misuse(problem) }
        let scope = renderer.scope
        defer { renderer.leave(scope) }
        if compounds.isEmpty {
            renderCore(into: &renderer)
        } else {
            renderer.write("(")
            renderCore(into: &renderer)
            renderer.write(")")
            for compound in compounds {
                renderer.write(" \(compound.operation.rawValue) (")
                compound.body.render(into: &renderer)
                renderer.write(")")
            }
        }
        renderer.write(" order by ", order) { $0.render(into: &$1) }
        if let limit {
            renderer.write(" limit ")
            renderer.write(limit)
        }
        if let offset {
            renderer.write(" offset ")
            renderer.write(offset)
        }
        for lock in locks { lock.render(into: &renderer) }
    }

    private func renderCore(into renderer: inout Renderer) {
        // Aliases first: the select list comes before the tables it reads.
        for item in sources { renderer.enter(item.reference) }
        renderer.write("select ")
        switch distinct {
        case .no: break
        case .yes: renderer.write("distinct ")
        case .on(let nodes):
            renderer.write("distinct on (")
            renderer.write(list: nodes)
            renderer.write(") ")
        }
        renderer.write(projection)
        if !sources.isEmpty { renderer.write(" from ") }
        for item in sources { item.render(into: &renderer) }
        renderer.write(" where ", all: conditions)
        renderer.write(" group by ", groups) { $1.write($0) }
        renderer.write(" having ", all: having)
    }
}

extension SelectBody.Lock {
    func render(into renderer: inout Renderer) {
        renderer.write(" for \(strength.rawValue)")
        renderer.write(" of ", tables) { $1.write(identifier: $1.alias(of: $0)) }
        renderer.write(wait.text)
    }
}

/// How strongly `lock` holds the rows.
public enum LockStrength: String, Sendable {
    case update
    case noKeyUpdate = "no key update"
    case share
    case keyShare = "key share"
}

/// What `lock` does about rows that others hold.
public enum LockWait: Sendable {
    case wait
    /// Fails at once, with SQLSTATE 55P03.
    case noWait
    case skipLocked

    var text: String {
        switch self {
        case .wait: ""
        case .noWait: " nowait"
        case .skipLocked: " skip locked"
        }
    }
}

/// One entry of FROM.
struct FromItem: Sendable {
    enum Relation: Sendable {
        case table(TableName)
        case common(CommonTable)
        case statement(StatementBody, columns: [String])
        case pieces([Piece], columns: [String])
    }

    var join = ""  // as written in front: " left join "
    var isLateral = false
    var relation: Relation
    var reference: SourceReference
    /// Nil for the first entry and cross joins.
    var condition: [Node]?

    /// Its reference must have been entered.
    func render(into renderer: inout Renderer) {
        let alias = renderer.alias(of: reference)
        renderer.write(join)
        if isLateral { renderer.write("lateral ") }
        switch relation {
        case .table(let name):
            renderer.write(name)
            if alias != name.name { renderAlias(alias, into: &renderer) }
        case .common(let table):
            let name = renderer.name(of: table)
            renderer.write(identifier: name)
            if alias != name { renderAlias(alias, into: &renderer) }
        case .statement(let body, let columns):
            renderer.write("(")
            body.render(into: &renderer)
            renderer.write(")")
            renderAlias(alias, columns, into: &renderer)
        case .pieces(let pieces, let columns):
            for piece in pieces { renderer.write(piece) }
            renderAlias(alias, columns, into: &renderer)
        }
        guard let condition else { return }
        renderer.write(" on ")
        if condition.isEmpty { renderer.write("true") } else { renderer.write("", all: condition) }
    }

    private func renderAlias(_ alias: String, _ columns: [String] = [], into renderer: inout Renderer) {
        renderer.write(" as ")
        renderer.write(identifier: alias)
        guard !columns.isEmpty else { return }
        renderer.write("(", columns) { $1.write(identifier: $0) }
        renderer.write(")")
    }
}

extension Renderer {
    /// `start`, then the elements with commas; nothing when there are none.
    mutating func write<Element>(_ start: String, _ elements: [Element], each body: (Element, inout Renderer) -> Void) {
        var separator = start
        for element in elements {
            write(separator)
            separator = ", "
            body(element, &self)
        }
    }

    /// `start`, then the conditions with `and`; nothing when there are none.
    mutating func write(_ start: String, all conditions: [Node]) {
        var separator = start
        for condition in conditions {
            write(separator)
            separator = " and "
            write(condition, minimum: .and)
        }
    }

    mutating func write(_ projection: ProjectionList) {
        var isFirst = true
        for item in projection.items {
            switch item {
            case .expression(let node):
                if !isFirst { write(", ") }
                isFirst = false
                write(node)
            case .columns(let source, let list):
                if source.prefix.isEmpty, alias(of: source) == list.alias {
                    if !isFirst { write(", ") }
                    isFirst = false
                    write(list.text)
                    continue
                }
                for name in list.names {
                    if !isFirst { write(", ") }
                    isFirst = false
                    write(source, name)
                }
            }
        }
    }
}
