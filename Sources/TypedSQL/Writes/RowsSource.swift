extension Row where Self: RowDraft {
    /// Values as a source of rows, to join or insert from. They travel as one array a column, in the order given.
    ///
    /// - Parameter name: The source's alias.
    public static func values(_ rows: [Self], named name: String = "input") -> Derived<Columns> {
        // Even one row is written as columns.
        var writer = DraftWriter(rows: max(2, rows.count))
        for row in rows {
            writer.beginRow()
            row.write(to: &writer)
        }
        if rows.isEmpty {
            let nothing: [Piece] =
                Columns.selectList.names.flatMap { _ in [Piece.text("null, ")] }.dropLast() + [.text("null where false)")]
            return Derived(
                source: SourceDefinition(name: name, relation: .pieces([.text("(select ")] + nothing, columns: Columns.selectList.names)))
        }
        var pieces: [Piece]
        if writer.columns.allSatisfy(\.fitsArray) {
            pieces = [.text("unnest(")] + Piece.list(writer.columns.map { $0.array() })
        } else {
            pieces = [.text("(values ")]
            for row in rows.indices {
                pieces.append(.text(row == 0 ? "(" : ", ("))
                pieces += Piece.list(writer.columns.compactMap { $0.node(row) }) + [.text(")")]
            }
        }
        return Derived(source: SourceDefinition(name: name, relation: .pieces(pieces + [.text(")")], columns: Columns.selectList.names)))
    }
}
