import PostgresClient
import Primitives
import TypedSQL

func wrongTypeInList() {
    _ = Project.from().where { $0.name.isIn([1, 2]) }  // error: cannot convert value of type 'Int' to expected element type
}
