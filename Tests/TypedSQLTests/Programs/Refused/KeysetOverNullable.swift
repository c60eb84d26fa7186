import PostgresClient
import Primitives
import TypedSQL

func keysetOverNullable(_ cursor: (Timestamp, RunID)?) {
    _ = Run.from().after(cursor) { ($0.dueAt.ascending, $0.id.ascending) }  // error: requires that 'Timestamp?' conform to 'ColumnValue'
}
