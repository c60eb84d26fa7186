import PostgresClient
import Primitives
import TypedSQL

@Table("thing")  // error: @Table applies to a struct
final class Thing {
    let id = 1
}
