/// One use of a table, subquery or other source of rows in a statement. Its alias is chosen when the statement is rendered, so that the
/// same table can be used twice without naming either use.
public struct SourceReference: Sendable {
    /// Identity is what tells two uses apart.
    final class Identity: Sendable {
        /// The alias, unless another use in the statement has it.
        let name: String

        init(name: String) { self.name = name }
    }

    let identity: Identity
    /// In front of column names, where one source carries the columns of several tables.
    let prefix: String

    init(named name: String) {
        self.identity = Identity(name: name)
        self.prefix = ""
    }

    private init(_ identity: Identity, prefix: String) {
        self.identity = identity
        self.prefix = prefix
    }

    /// For code that the macros write.
    public func prefixed(_ prefix: String) -> SourceReference {
        prefix.isEmpty ? self : SourceReference(identity, prefix: prefix + "_")
    }
}
