import PostgresClient
import Primitives
import TypedSQL

struct Point: Sendable {
    var x = 0
}

@Table
struct Shape {
    var id: Int
    var place: Point  // expanded error: type 'Point' does not conform to protocol 'SQLValue'
}
