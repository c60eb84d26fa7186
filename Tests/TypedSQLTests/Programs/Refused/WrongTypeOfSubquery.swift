import PostgresClient
import Primitives
import TypedSQL

func wrongTypeOfSubquery() {
    _ = Run.from().where { $0.projectID.isIn(Run.from().select { $0.id }) }  // error: cannot convert value of type 'Select<
}
