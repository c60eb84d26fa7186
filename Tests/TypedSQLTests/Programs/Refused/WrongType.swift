import PostgresClient
import Primitives
import TypedSQL

func wrongType() {
    _ = Run.from().where { $0.attempt == "three" }  // error: cannot convert value of type 'String' to expected argument type 'Int32'
}
