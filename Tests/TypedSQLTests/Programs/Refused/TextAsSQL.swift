import PostgresClient
import Primitives
import TypedSQL

func textAsSQL(_ input: String) {
    _ = Fragment(input).as(Bool.self)  // error: text that is not written here cannot become SQL
}
