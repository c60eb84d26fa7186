import PostgresClient
import Primitives
import TypedSQL

@Table
struct Untyped {
    var count = 3  // error: 'count' needs its type written out, since a macro cannot see what is inferred
}
