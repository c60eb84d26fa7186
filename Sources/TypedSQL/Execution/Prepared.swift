public import PostgresClient

/// A statement rendered once, with typed arguments: running it costs binding its values, nothing more.
///
/// What the closure takes from elsewhere is taken once, also `Timestamp.now`: say ``now()``, or make it an argument. What a table's `onUpdate:`
/// gives is found anew with every call.
///
///     static let runsOf = Prepared(ProjectID.self, Int.self) { project, limit in
///         Run.from().where { $0.projectID == project }.orderBy { $0.createdAt.desc }.limit(limit)
///     }
///     let runs = try await database.run(Self.runsOf(projectID, 20))
public struct Prepared<Query: Statement, each Argument: ColumnValue>: Sendable {
    private let query: Query
    private let text: String
    /// Arguments in the order of their places, each with the values in front of it.
    private let arguments: [(values: PostgresParameters, argument: Renderer.Argument)]
    /// Values behind the last argument.
    private let rest: PostgresParameters

    public init(_ arguments: repeat (each Argument).Type, statement: (repeat Expr<each Argument>) -> Query) where Query: RowStatement {
        self.init(arguments: (repeat each arguments), statement: statement, body: { $0.definition.body })
    }

    public init(_ arguments: repeat (each Argument).Type, statement: (repeat Expr<each Argument>) -> Query) where Query: ChangeStatement {
        self.init(arguments: (repeat each arguments), statement: statement, body: { $0.change.body })
    }

    private init(
        arguments: (repeat (each Argument).Type), statement: (repeat Expr<each Argument>) -> Query, body: (Query) -> StatementBody
    ) {
        var index = -1
        func next<Value: ColumnValue>(_ type: Value.Type) -> Expr<Value> {
            index += 1
            return Expr<Value>(.argument(index, type))
        }
        query = statement(repeat next((each Argument).self))
        let renderer = body(query).rendered(isPrepared: true)
        text = renderer.text
        self.arguments = renderer.arguments
        rest = renderer.parameters
    }

    public func callAsFunction(_ values: repeat each Argument) -> PreparedCall<Query> {
        var list: [any ColumnValue] = []
        repeat list.append(each values)
        var parameters = PostgresParameters()
        for (fixed, argument) in arguments {
            if !fixed.isEmpty { parameters.append(contentsOf: fixed) }
            switch argument {
            case .given(let index): append(list[index], to: &parameters)
            case .computed(let computed):
                if let value = computed.make() {
                    append(value, to: &parameters)
                } else {
                    parameters.appendNull(computed.type.postgresType)
                }
            }
        }
        if !rest.isEmpty { parameters.append(contentsOf: rest) }
        return PreparedCall(query: query, sql: SQL(unsafeRaw: text, parameters: parameters))
    }

    private func append(_ value: some ColumnValue, to parameters: inout PostgresParameters) { parameters.append(value) }
}

/// A prepared statement with its values.
public struct PreparedCall<Query: Statement>: Statement {
    let query: Query
    public let sql: SQL

    public func decode(_ rows: PostgresRows) throws(PostgresError) -> Query.Result { try query.decode(rows) }
}
