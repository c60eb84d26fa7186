import PostgresClient
import Primitives
import TypedSQL

@Table
struct Unwrapped {
    var name: String!  // error: 'name' must say with ? whether it can be NULL, not with !
}
