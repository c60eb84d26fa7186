import PostgresClient
import Primitives
import TypedSQL

func nullInNotNullColumn() {
    _ = Project.update { $0.name.set(nil) }.everyRow()  // error: no exact matches in call to instance method 'set'
}
