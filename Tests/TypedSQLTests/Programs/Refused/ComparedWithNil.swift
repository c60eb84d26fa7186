import PostgresClient
import Primitives
import TypedSQL

func comparedWithNil() {
    _ = Run.from().where { $0.dueAt == nil }  // error: 'nil' is not compatible with expected argument type
}
