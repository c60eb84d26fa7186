/// Over which rows a window function looks.
public struct Window: Sendable {
    var partition: [Node] = []
    var order: [OrderTerm] = []
    var frame = ""

    /// - Parameters:
    ///   - partition: Rows with equal values of these belong together; none for all rows.
    ///   - order: Of the rows of one partition.
    public static func over<each Value>(partitionBy partition: repeat Expr<each Value>, orderBy order: OrderTerm...) -> Window {
        var nodes: [Node] = []
        repeat nodes.append((each partition).node)
        return Window(partition: nodes, order: order)
    }

    public static func over(orderBy order: OrderTerm...) -> Window { Window(order: order) }

    /// From the partition's first row to the current one, row by row.
    public func rowsUpToCurrent() -> Window { framed(" rows between unbounded preceding and current row") }

    /// The rows around the current one.
    public func rows(before: Int, after: Int) -> Window {
        framed(" rows between \(max(0, before)) preceding and \(max(0, after)) following")
    }

    private func framed(_ frame: String) -> Window {
        var window = self
        window.frame = frame
        return window
    }

    var pieces: [Piece] {
        var pieces: [Piece] = [.text(" over (")]
        if !partition.isEmpty { pieces += [.text("partition by ")] + Piece.list(partition) }
        if !order.isEmpty { pieces += [.text(partition.isEmpty ? "order by " : " order by ")] + Piece.list(order) }
        return pieces + [.text(frame + ")")]
    }
}

extension Expr {
    /// An aggregate over a window instead of a group: `run.cost.sum().over(.over(partitionBy: run.projectID))`.
    public func over(_ window: Window) -> Expr { Expr(.pieces([.node(node, .primary)] + window.pieces, .primary)) }

    /// The value some rows earlier; NULL when there is none.
    public func lag(_ distance: Int = 1, over window: Window) -> Expr<Value.NonNull?> { shifted("lag", distance, window) }

    /// The value some rows later; NULL when there is none.
    public func lead(_ distance: Int = 1, over window: Window) -> Expr<Value.NonNull?> { shifted("lead", distance, window) }

    public func firstValue(over window: Window) -> Expr { Expr(.call("first_value", [node])).over(window) }

    private func shifted(_ name: String, _ distance: Int, _ window: Window) -> Expr<Value.NonNull?> {
        Expr<Value.NonNull?>(.call(name, [node, .text(String(Int32(clamping: distance)))])).over(window)
    }
}

/// The number of the row, from 1.
public func rowNumber(_ window: Window) -> Expr<Int> { Expr<Int>(.text("row_number()")).over(window) }

/// The row's place, the same for equal rows, with gaps behind them.
public func rank(_ window: Window) -> Expr<Int> { Expr<Int>(.text("rank()")).over(window) }

/// The row's place, the same for equal rows, without gaps.
public func denseRank(_ window: Window) -> Expr<Int> { Expr<Int>(.text("dense_rank()")).over(window) }
