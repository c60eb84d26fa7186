import PostgresClient
import Primitives
import TypedSQL

func nullableIntoNotNullColumn() {
    _ = Run.update { $0.createdAt.set($0.dueAt) }.everyRow()  // error: 'Expr<Timestamp?>' to expected argument type 'Expr<Timestamp>'
}
