extension TableElement {
    /// Rows are visible only through policies.
    /// - Parameter forced: For the table's owner as well.
    public static func rowSecurity(forced: Bool = false) -> TableElement {
        TableElement { $0.rowSecurity = forced ? .forced : .enabled }
    }

    /// Which rows a role sees, and which it may write. Switches row security on if nothing else did.
    ///
    /// - Parameters:
    ///   - roles: Empty for everyone.
    ///   - using: Of rows that are there.
    ///   - check: Of rows as written; nil for the same as `using`.
    public static func policy(
        _ name: String, for command: PolicySchema.Command = .all, to roles: [String] = [], restrictive isRestrictive: Bool = false,
        using: (any ConditionExpression)? = nil, check: (any ConditionExpression)? = nil
    ) -> TableElement {
        let policy = PolicySchema(
            name: name, isPermissive: !isRestrictive, command: command, roles: roles, using: using?.definitionText,
            check: check?.definitionText)
        return TableElement { schema in
            if schema.rowSecurity == .off { schema.rowSecurity = .enabled }
            schema.policies.append(policy)
        }
    }

    public static func grant(_ privileges: GrantSchema.Privilege..., to roles: String...) -> TableElement {
        TableElement { $0.grants.append(GrantSchema(privileges: privileges, roles: roles)) }
    }
}

extension TableElement {
    /// `partition by range (…)`.
    public static func partitionByRange<each Term: IndexTerm>(_ keys: repeat each Term) -> TableElement {
        partition(by: .range, repeat each keys)
    }

    /// `partition by list (…)`.
    public static func partitionByList(_ key: some IndexTerm) -> TableElement { partition(by: .list, key) }

    /// `partition by hash (…)`.
    public static func partitionByHash<each Term: IndexTerm>(_ keys: repeat each Term) -> TableElement {
        partition(by: .hash, repeat each keys)
    }

    private static func partition<each Term: IndexTerm>(by strategy: Partitioning.Strategy, _ keys: repeat each Term) -> TableElement {
        let partitioning = Partitioning.by(strategy, repeat each keys)
        return TableElement { $0.partitioning = partitioning }
    }

    /// A partition that belongs to the definition, rather than being made by maintenance.
    public static func partition(_ partition: PartitionSchema) -> TableElement { TableElement { $0.partitions.append(partition) } }
}

extension Partitioning {
    public static func by<each Term: IndexTerm>(_ strategy: Strategy, _ keys: repeat each Term) -> Partitioning {
        var texts: [String] = []
        repeat texts.append((each keys).indexElement.expression)
        return Partitioning(strategy: strategy, keys: texts)
    }
}

extension PartitionSchema {
    /// `for values in (…)`.
    public static func list<Value: ColumnValue>(
        _ name: String, in values: [Value], partitioning: Partitioning? = nil, partitions: [PartitionSchema] = []
    ) -> PartitionSchema {
        let list = values.map { Literal.text(of: $0) }.joined(separator: ", ")
        return PartitionSchema(name: TableName(name), bounds: "for values in (\(list))", partitioning: partitioning, partitions: partitions)
    }

    /// `for values from (…) to (…)`; the end is not part of it.
    public static func range<Value: ColumnValue>(
        _ name: String, from start: Value, to end: Value, partitioning: Partitioning? = nil, partitions: [PartitionSchema] = []
    ) -> PartitionSchema {
        let bounds = "for values from (\(Literal.text(of: start))) to (\(Literal.text(of: end)))"
        return PartitionSchema(name: TableName(name), bounds: bounds, partitioning: partitioning, partitions: partitions)
    }

    /// Takes what no other partition does.
    public static func rest(_ name: String, partitioning: Partitioning? = nil, partitions: [PartitionSchema] = []) -> PartitionSchema {
        PartitionSchema(name: TableName(name), bounds: "default", partitioning: partitioning, partitions: partitions)
    }
}
