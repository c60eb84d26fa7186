extension Expr where Value.NonNull == String {
    public func lowercased() -> Expr { Expr(.call("lower", [node])) }
    public func uppercased() -> Expr { Expr(.call("upper", [node])) }
    /// Without spaces at both ends.
    public func trimmed() -> Expr { Expr(.call("trim", [node])) }

    /// The part of `count` characters from place `start`, the first being 1.
    public func substring(from start: Int, count: Int) -> Expr {
        Expr(.pieces([.text("substr("), .node(node, .lowest), .text(", \(Int32(clamping: start)), \(Int32(clamping: count)))")], .primary))
    }

    /// With other text behind it.
    public func appending(_ text: String) -> Expr { Expr(.infix(" || ", .other, node, .value(text))) }
    public func appending(_ other: Expr) -> Expr { Expr(.infix(" || ", .other, node, other.node)) }

    /// Matches a pattern in which `%` stands for anything and `_` for one character.
    public func like(_ pattern: String) -> Condition { Condition(.infix(" like ", .comparison, node, .value(pattern))) }
    /// As ``like(_:)``, whatever the letters' case.
    public func ilike(_ pattern: String) -> Condition { Condition(.infix(" ilike ", .comparison, node, .value(pattern))) }
    public func like<Pattern: SQLValue>(_ pattern: Expr<Pattern>) -> Condition where Pattern.NonNull == String {
        Condition(.infix(" like ", .comparison, node, pattern.node))
    }

    /// Matches a POSIX regular expression.
    public func matches(_ expression: String, ignoringCase: Bool = false) -> Condition {
        Condition(.infix(ignoringCase ? " ~* " : " ~ ", .comparison, node, .value(expression)))
    }

    /// Text as it is: `%` and `_` stand for themselves.
    public func contains(_ text: String, ignoringCase: Bool = false) -> Condition { find("%" + escaped(text) + "%", ignoringCase) }
    /// Text as it is: `%` and `_` stand for themselves.
    public func starts(with text: String, ignoringCase: Bool = false) -> Condition { find(escaped(text) + "%", ignoringCase) }
    /// Text as it is: `%` and `_` stand for themselves.
    public func ends(with text: String, ignoringCase: Bool = false) -> Condition { find("%" + escaped(text), ignoringCase) }

    private func find(_ pattern: String, _ ignoringCase: Bool) -> Condition { ignoringCase ? ilike(pattern) : like(pattern) }

    private func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            if scalar == "%" || scalar == "_" || scalar == "\\" { escaped += "\\" }
            escaped.unicodeScalars.append(scalar)
        }
        return escaped
    }
}

extension Expr where Value == String {
    /// In characters.
    public var length: Expr<Int32> { Expr<Int32>(.call("length", [node])) }
}

extension Expr where Value == String? {
    /// In characters.
    public var length: Expr<Int32?> { Expr<Int32?>(.call("length", [node])) }
}
