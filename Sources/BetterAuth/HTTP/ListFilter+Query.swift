extension ListFilter {
    /// The filter that a query asks for; nil when it gives no value.
    ///
    /// - Parameter values: As many as the query gives. `in` and `not_in` take several; a single one of theirs holds several between commas.
    /// - Throws: ``AuthError`` 400 `VALIDATION_ERROR` for an unknown column, an operator that does not suit it, and a value that is not of its
    ///   type.
    init?(field: String?, operator name: String?, values: [String], standard: Column? = nil) throws(AuthError) {
        let column = field.map { Column(rawValue: $0) } ?? standard
        guard let filter = Operator(rawValue: name ?? "eq") else { throw Self.invalid("filterOperator") }
        guard let first = values.first else {
            guard field == nil || column != nil else { throw Self.invalid("filterField") }
            return nil
        }
        guard let column else { throw Self.invalid("filterField") }
        guard filter.suits(column.kind) else { throw Self.invalid("filterOperator") }
        guard filter.takesSeveral || values.count == 1 else { throw Self.invalid("filterValue") }
        let separated = first.split(separator: ",").map(String.init)
        let values = filter.takesSeveral && values.count == 1 && !separated.isEmpty ? separated : values
        guard values.allSatisfy({ Self.isValue($0, of: column.kind) }) else { throw Self.invalid("filterValue") }
        self.init(column: column, operator: filter, values: values)
    }

    private static func isValue(_ text: String, of kind: ListKind) -> Bool {
        switch kind {
        case .text: true
        case .time: time(text) != nil
        case .flag: flag(text) != nil
        }
    }

    private static func invalid(_ parameter: String) -> AuthError {
        AuthError(.badRequest, .validation, message: "[query.\(parameter)] Invalid input")
    }
}

extension ListFilter.Operator {
    var takesSeveral: Bool { self == .isIn || self == .isNotIn }

    fileprivate func suits(_ kind: ListKind) -> Bool {
        switch (kind, self) {
        case (.text, _), (_, .eq), (_, .ne), (_, .isIn), (_, .isNotIn): true
        case (.time, .lt), (.time, .lte), (.time, .gt), (.time, .gte): true
        case (.time, _), (.flag, _): false
        }
    }
}

extension ListOrder {
    /// nil when the query names no column.
    init?(field: String?, direction: String?) throws(AuthError) {
        guard let field else { return nil }
        guard let column = Column(rawValue: field) else {
            throw AuthError(.badRequest, .validation, message: "[query.sortBy] Invalid input")
        }
        self.init(column: column, descending: direction == "desc")
    }
}
