import PostgresClient
import Primitives
import TypedSQL

@Table
struct Constant {
    let kind: String = "x"  // error: 'kind' would have this value in every row: make it a var, or say onInsert: in @Column
}
