import PostgresClient
import Primitives
import TypedSQL

func wrongTypeInSet() {
    _ = Run.update { $0.status.set(.finished) }.everyRow()  // error: 'finished'
}
