import PostgresClient
import Primitives
import TypedSQL

@Table
struct Doubled {
    var userID: Int
    @Column("user_id") var owner: Int  // error: two properties have the column name "user_id"
}
